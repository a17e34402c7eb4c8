"""What is written down: one JSON object a line, whoever writes it, with what it is about."""

import json
import logging
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import structlog

from domain.kernel.events import Event
from workers.consumers import Consumer
from workers.logs import configure_logs


@pytest.fixture(autouse=True)
def logs() -> Iterator[None]:
    root = logging.getLogger()
    before = list(root.handlers)
    configure_logs()
    yield
    root.handlers = before
    structlog.reset_defaults()


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_every_line_is_json_and_names_the_request(capsys: pytest.CaptureFixture[str]) -> None:
    with structlog.contextvars.bound_contextvars(request_id="r-1"):
        structlog.get_logger("api.http").info("operation", actor="ada")
        logging.getLogger("workers.broker").warning("a wake-up was %s", "lost")
        logging.getLogger("sqlalchemy.pool").error("gone", exc_info=ValueError("why"))
    ours, workers, library = lines(capsys)
    assert (ours["event"], ours["actor"], ours["level"], ours["logger"]) == ("operation", "ada", "info", "api.http")
    assert (workers["event"], workers["level"]) == ("a wake-up was lost", "warning")
    assert "ValueError: why" in library["exception"]
    assert {line["request_id"] for line in (ours, workers, library)} == {"r-1"}
    assert all(line["timestamp"].endswith("Z") for line in (ours, workers, library))


def test_of_libraries_only_warnings_are_kept_and_of_us_no_debugging(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("arq.worker").info("a job ran")
    structlog.get_logger("api.http").debug("noise")
    assert lines(capsys) == []


def test_configured_twice_a_line_is_written_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logs()
    logging.getLogger("workers").info("once")
    assert len(lines(capsys)) == 1


async def test_what_a_consumer_writes_names_the_events_it_handles(
    following: Any, edit: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    async def compute(events: Sequence[Event]) -> None:
        logging.getLogger("workers.telling").info("about %d", len(events))
        raise ValueError("broken")

    following.add(Consumer("telling", compute))
    first, last = await edit("c1"), await edit("c2")
    await following.until_idle()
    told, stopped, *_ = (line for line in lines(capsys) if line.get("lane") == "consumer telling")
    assert (told["event"], stopped["event"]) == ("about 2", "consumer telling stopped; it is tried again")
    for line in (told, stopped):
        assert (line["first_event_id"], line["last_event_id"]) == (first, last)
    assert "ValueError: broken" in stopped["exception"]
    logging.getLogger("workers.telling").info("afterwards")
    assert lines(capsys)[-1].keys().isdisjoint({"lane", "first_event_id"})
