"""Relations over what an engine answered: the answer is a row like any other, its parts lie under keys of it."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from api.fields import sourced
from api.listing import list_arguments
from api.lookahead import Asking, Selected
from api.relations import ConnectionPlan
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput, TooLarge
from domain.kernel.page import Listing, Page, Row, decode_cursor
from domain.ports import Ports

SECONDS = 20
"""How long an engine may take within one operation."""
MOST_PARENTS = 10
"""For how many records of one list an engine is asked: each of them is a walk through the estate."""


@dataclass(frozen=True, slots=True)
class Part:
    """The object whose row lies under a key of the parent's row, None where nothing does."""

    key: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The key."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one object per parent or None."""
        return await built(asking, selected, [row[self.key] for row in parents])


@dataclass(frozen=True, slots=True)
class Listed:
    """Pages of the rows under a key of the parent's row, in their order; each has an `id`, its place for cursors."""

    key: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The key."""
        return (self.key,)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one connection per parent."""
        connection = ConnectionPlan.of(asking, selected)
        listing = Listing(first=selected.arguments["first"], after=selected.arguments.get("after"))
        pages = [self._page(row[self.key], listing) for row in parents]
        return await connection.build(asking, pages, [len(row[self.key]) for row in parents])

    def _page(self, rows: Sequence[Row], listing: Listing) -> Page:
        begin = 0
        if listing.after is not None:
            last = decode_cursor(listing.after, self.key)
            places = [place for place, row in enumerate(rows) if (row["id"],) == last]
            if not places:
                raise InvalidInput.at("after", "is no longer in this list: begin again without it")
            begin = places[0] + 1
        shown = rows[begin : begin + listing.first]
        keys = [(row["id"],) for row in shown]
        return Page(shown, keys, self.key, begin + len(shown) < len(rows), listing.after is not None)


def part(description: str, key: str) -> Any:
    """Return a field that is a part of the answer."""
    return sourced(description, Part(key))


def listed(description: str, key: str, *, needs: Permission | None = None) -> Any:
    """Return a connection field over a list in the answer."""
    return sourced(description, Listed(key), needs=needs, arguments=list_arguments())


async def built(asking: Asking, selected: Selected, rows: Sequence[Row | None]) -> list[Any]:
    """Return one object per row, None for None."""
    plan = asking.plan(selected.type, selected.nodes)
    objects = iter(await plan.build(asking, [row for row in rows if row is not None]))
    return [None if row is None else next(objects) for row in rows]


def wanted(asking: Asking, selected: Selected) -> Mapping[str, Selected]:
    """Return the fields asked for below a field, by name: what nobody asks for is not computed."""
    return {field.name: field for field in asking.selected(selected.type, selected.nodes)}


@asynccontextmanager
async def engine(asking: Asking, parents: Sequence[Row] = ()) -> AsyncIterator[Ports]:
    """Yield the ports for an engine, which reads the operation's own snapshot; `TooLarge` past the bounds."""
    if len(parents) > MOST_PARENTS:
        raise TooLarge(f"This is computed for at most {MOST_PARENTS} records of a list: ask with a smaller `first`.")
    try:
        async with asyncio.timeout(SECONDS):
            yield replace(asking.services.ports, snapshot=asking.reads.snapshot)
    except TimeoutError as late:
        raise TooLarge(f"This takes longer than the {SECONDS} seconds one question may take: ask for less.") from late
