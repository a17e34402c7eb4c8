"""What following the log needs of the record and of the other processes."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol

from domain.kernel.events import Event
from domain.kernel.page import Row


class Following(Protocol):
    """The log and what decides who may hear of it; read without a scope, since rights are asked per event."""

    async def span(self) -> tuple[int, int]:
        """Return the first and the last position that the log holds."""
        ...

    async def read_after(self, position: int, limit: int) -> list[Event]:
        """Return the next events after a position, in order."""
        ...

    async def present(self, noun: str, ids: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return of each record what decides who sees it, as it is now."""
        ...

    async def teams_of(self, person_ids: Collection[str], now: datetime) -> Mapping[str, frozenset[str]]:
        """Return the teams of which each person is a member at an instant."""
        ...

    async def organisations_of(self, person_ids: Collection[str]) -> Mapping[str, str]:
        """Return the customer organisation of each person who has one."""
        ...

    def row(self, noun: str, image: Mapping[str, Any]) -> Row:
        """Return the row that an after-image shows, with values as a read gives them."""
        ...


class LogSignal(Protocol):
    """Tells when the log may have grown. A signal that is lost is made up for by looking anyway."""

    async def wait(self, seconds: float) -> None:
        """Return when the log may have grown, at the latest after so many seconds."""
        ...
