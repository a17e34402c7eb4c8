"""What queries need of the store: rows by what is asked for, with the rights of the reader in every statement."""

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from domain.kernel.page import Listing, Page, Row, Where
from domain.ports import Snapshot


class Reads(Protocol):
    """Rows of the record at one instant, as one actor may see them: nouns, columns and links by name.

    What is invisible is left out, exactly as if it were absent. Filters and orders are those the noun declares.
    """

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Return what the engines read from: the same instant, without a scope; it takes no further connection."""

    async def by_ids(
        self, noun: str, columns: Collection[str], ids: Collection[str], key: str = "id"
    ) -> dict[str, Row]:
        """Return the rows of these ids, by id; `key` names another unique column to find them by."""

    async def page(self, noun: str, columns: Collection[str], listing: Listing) -> Page:
        """Return one page of the noun."""

    async def children(
        self, noun: str, link: str, parent_ids: Collection[str], columns: Collection[str], listing: Listing
    ) -> dict[str, Page]:
        """Return one page of the noun for every parent it is linked to, in one statement; parents without rows too."""

    async def count(self, noun: str, where: Where) -> int:
        """Return how many rows of the noun the filters leave."""

    async def count_children(self, noun: str, link: str, parent_ids: Collection[str], where: Where) -> dict[str, int]:
        """Return how many rows of the noun each parent is linked to, in one statement."""
