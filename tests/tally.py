"""A consumer that keeps a tally of every event, in a table of the record, and stumbles over some of them.

How often and in which order effects happened can be read from it.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from domain.kernel.events import Event
from domain.store.engine import Database
from domain.store.tables.log import BIGINT
from workers.consumers import Consumer

NAME = "tally"
TALLY = sa.Table(
    "tally",
    sa.MetaData(),
    sa.Column("id", BIGINT, primary_key=True),
    sa.Column("position", BIGINT, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
)


async def make_table(database: Database) -> None:
    async with database.writer.begin() as connection:
        await connection.run_sync(TALLY.create)


def tally(every: int, stumbled: set[int]) -> Consumer:
    """Return the consumer; one event in so many fails when it is first met alone, by any of those who share the set."""

    async def compute(events: Sequence[Event]) -> Any:
        positions = [event.position or 0 for event in events]
        stones = {position for position in positions if position % every == 0} - stumbled
        if stones and len(events) == 1:
            stumbled.update(stones)
        if stones:
            raise ValueError(f"stumbled over {sorted(stones)}")
        rows = [
            {
                "position": position,
                "subject": f"{event.subject_type} {event.subject_id}",
                "version": event.subject_version,
            }
            for position, event in zip(positions, events, strict=True)
        ]

        async def write(connection: Any) -> None:
            await connection.execute(sa.insert(TALLY), rows)

        return write

    return Consumer(NAME, compute, sets_aside=True)
