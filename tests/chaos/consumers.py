"""A worker in the role of consumers that also keeps a tally of every event, and stumbles over some of them.

`python -m tests.chaos.consumers`. The tally is a row per event, written by a consumer that may set events aside: how
often and in which order effects happened can be read from it.
"""

import asyncio
import os
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from api.cli.worker import follow
from domain.kernel.events import Event
from workers.consumers import Consumer
from workers.roles import Role
from workers.runtime import Runtime

NAME = "tally"
TABLE = (
    "CREATE TABLE IF NOT EXISTS chaos_tally"
    " (id bigserial PRIMARY KEY, position bigint NOT NULL, subject text NOT NULL, version integer NOT NULL)"
)
EVERY = 50
"""One event in so many fails when a process meets it first."""

_INSERT = sa.text("INSERT INTO chaos_tally (position, subject, version) VALUES (:position, :subject, :version)")


class Tally:
    """Notes events, each once, after stumbling over some."""

    def __init__(self) -> None:
        self._stumbled: set[int] = set()

    async def compute(self, events: Sequence[Event]) -> Any:
        positions = [event.position or 0 for event in events]
        stones = {position for position in positions if position % EVERY == 0} - self._stumbled
        if stones and len(events) == 1:
            self._stumbled |= stones
        if stones:
            raise ValueError(f"stumbled over {sorted(stones)}")
        rows = [
            {
                "position": event.position,
                "subject": f"{event.subject_type} {event.subject_id}",
                "version": event.subject_version,
            }
            for event in events
        ]

        async def write(connection: Any) -> None:
            await connection.execute(_INSERT, rows)

        return write


async def main() -> None:
    runtime = await Runtime.open(os.environ["HEADWATER_DATABASE_URL"])
    runtime.lanes += runtime.following(Consumer(NAME, Tally().compute, sets_aside=True))
    await follow(runtime, os.environ["HEADWATER_REDIS_URL"], frozenset({Role.CONSUMERS}))


if __name__ == "__main__":
    asyncio.run(main())
