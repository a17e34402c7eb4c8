"""The arq worker inside the process of the server or the command (embedded mode)."""

import asyncio
import logging
from typing import Any

import arq.worker
from arq.connections import ArqRedis
from arq.worker import Worker

from workers.jobs import worker_options

START_SECONDS = 5.0
STOP_SECONDS = 5.0
PAUSE_BEFORE_RESTART = 1.0

_log = logging.getLogger(__name__)


def without_redis_info() -> None:
    """Leave out arq's greeting: it asks INFO, which the broker inside the process does not know."""

    async def say_nothing(*_: Any) -> None:
        return None

    vars(arq.worker)["log_redis_info"] = say_nothing


class EmbeddedWorker:
    """Runs a worker as a task of this event loop, and starts it again should it ever die."""

    def __init__(self, redis: ArqRedis, ctx: dict[str, Any]) -> None:
        self._redis, self._ctx = redis, ctx
        self._worker: Worker | None = None
        self._task: asyncio.Task[None] | None = None
        self._started = asyncio.Event()

    @property
    def is_running(self) -> bool:
        """Whether the worker takes jobs."""
        return self._started.is_set() and self._task is not None and not self._task.done()

    async def start(self) -> None:
        """Return once the worker takes jobs; raise what kept it from starting."""
        without_redis_info()
        self._task = asyncio.create_task(self._supervise(), name="embedded worker")
        started = asyncio.create_task(self._started.wait())
        await asyncio.wait({self._task, started}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        started.cancel()
        if self._task.done():
            self._task.result()
        if not self._started.is_set():
            raise TimeoutError(f"the embedded worker did not start within {START_SECONDS:.0f} s")

    async def stop(self) -> None:
        """Let running jobs end, for a few seconds, then stop."""
        jobs: list[asyncio.Task[Any]] = []
        if self._worker is not None:
            self._worker.allow_pick_jobs = False
            jobs = list(self._worker.tasks.values())
            if jobs:
                await asyncio.wait(jobs, timeout=STOP_SECONDS)
        ending = [*jobs, self._task] if self._task is not None else jobs
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        self._started.clear()
        await self._redis.aclose(close_connection_pool=True)

    async def _supervise(self) -> None:
        while True:
            self._worker = Worker(
                redis_pool=self._redis,
                handle_signals=False,
                on_startup=self._note_start,
                ctx=dict(self._ctx),
                **worker_options(),
            )
            try:
                await self._worker.async_run()
            except Exception:
                if not self._started.is_set():
                    raise
                self._started.clear()
                _log.exception("the embedded worker died; it is started again")
                await asyncio.sleep(PAUSE_BEFORE_RESTART)

    async def _note_start(self, ctx: dict[Any, Any]) -> None:  # noqa: ARG002 - arq calls it so
        self._started.set()
