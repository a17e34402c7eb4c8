"""Reads that open the operation's snapshot when something is asked of it, and not before."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass

from api.context import Context
from domain.kernel.page import Listing, Page, Row, Where
from domain.ports import Snapshot


@dataclass(frozen=True, slots=True)
class LazyReads:
    """The port `Reads` over a context: an event whose answer stands in the event costs no connection."""

    context: Context

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Yield what the engines read from."""
        async with self.context.reading() as reads, reads.snapshot() as snapshot:
            yield snapshot

    async def by_ids(
        self, noun: str, columns: Collection[str], ids: Collection[str], key: str = "id"
    ) -> dict[str, Row]:
        """Return the rows of these ids, by id."""
        async with self.context.reading() as reads:
            return await reads.by_ids(noun, columns, ids, key)

    async def page(self, noun: str, columns: Collection[str], listing: Listing) -> Page:
        """Return one page of the noun."""
        async with self.context.reading() as reads:
            return await reads.page(noun, columns, listing)

    async def children(
        self, noun: str, link: str, parent_ids: Collection[str], columns: Collection[str], listing: Listing
    ) -> dict[str, Page]:
        """Return one page of the noun for every parent."""
        async with self.context.reading() as reads:
            return await reads.children(noun, link, parent_ids, columns, listing)

    async def count(self, noun: str, where: Where) -> int:
        """Return how many rows of the noun the filters leave."""
        async with self.context.reading() as reads:
            return await reads.count(noun, where)

    async def count_children(self, noun: str, link: str, parent_ids: Collection[str], where: Where) -> dict[str, int]:
        """Return how many rows of the noun each parent is linked to."""
        async with self.context.reading() as reads:
            return await reads.count_children(noun, link, parent_ids, where)
