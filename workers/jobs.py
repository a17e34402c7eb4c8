"""The arq functions: the same in a worker of its own and in embedded mode. Each only leads to an advance."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import orjson
from arq.cron import CronJob, cron
from arq.worker import Function, func

from workers.advance import Advance
from workers.broker import ADVANCE, DELIVER, Broker, job_bytes
from workers.schedules import Schedules
from workers.settings import DELIVERY_SECONDS, JOB_SECONDS, POLL_SECONDS, QUEUE_NAME, SCHEDULED_SECONDS, SWEEP_SECONDS
from workers.webhooks import WebhookSender

ADVANCE_SECONDS = 5.0


async def advance(ctx: dict[str, Any]) -> None:
    """Bring effects up to date with the log, a few seconds at a time, and ask to be woken for the next timer."""
    ahead: Advance = ctx["advance"]
    broker: Broker = ctx["broker"]
    if await ahead.for_at_most(ADVANCE_SECONDS):
        await broker.wake()
        return
    if await ctx["webhooks"].has_due():
        await broker.deliver()
    due = await ahead.timers.next_due(sorted(ahead.timer_effects))
    if due is not None:
        await broker.wake_at(due)


async def schedules(ctx: dict[str, Any]) -> None:
    """Run what is due by the clock alone, beside the advances: a fit takes its time and holds nothing up."""
    scheduled: Schedules = ctx["schedules"]
    await scheduled.run_due()


async def deliver(ctx: dict[str, Any]) -> None:
    """Send the webhooks that are due, beside the advances: a slow receiver holds nothing up."""
    sender: WebhookSender = ctx["webhooks"]
    await sender.send_due()


def functions() -> Sequence[Function]:
    """Return the jobs a worker runs."""
    return [
        func(advance, name=ADVANCE, keep_result=0, timeout=JOB_SECONDS),
        func(deliver, name=DELIVER, keep_result=0, timeout=DELIVERY_SECONDS),
    ]


def cron_jobs() -> Sequence[CronJob]:
    """Return the sweep, which makes every wake-up optional, and the look at the schedules once a minute."""
    seconds = set(range(0, 60, SWEEP_SECONDS))
    return [
        cron(advance, name="sweep", second=seconds, run_at_startup=True, timeout=JOB_SECONDS, keep_result=0),
        cron(deliver, name="deliveries", second=seconds, timeout=DELIVERY_SECONDS, keep_result=0),
        cron(schedules, name="schedules", second=30, run_at_startup=True, timeout=SCHEDULED_SECONDS, keep_result=0),
    ]


def worker_options() -> dict[str, Any]:
    """Return the options every worker runs with; `ctx` must bring `advance`, `broker`, `schedules`, `webhooks`."""
    return {
        "functions": functions(),
        "cron_jobs": cron_jobs(),
        "queue_name": QUEUE_NAME,
        "poll_delay": POLL_SECONDS,
        "job_timeout": JOB_SECONDS,
        "keep_result": 0,
        "max_jobs": 4,
        "job_serializer": job_bytes,
        "job_deserializer": orjson.loads,
        "timezone": UTC,
    }
