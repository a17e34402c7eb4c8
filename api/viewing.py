"""What the viewer may do: from the tables that decide it, never from a copy."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from api.fields import sourced
from api.lookahead import Asking, Selected
from domain.change.lifecycle import viewer_can as change_acts
from domain.change.model import Change, ChangeTask
from domain.kernel.duties import DUTIES, RecordAct
from domain.kernel.page import MOST, Listing, Row


@dataclass(frozen=True, slots=True)
class Possible:
    """The acts on a record of a noun that are possible now and whose work is that of whoever asks (`DUTIES`)."""

    noun: str
    columns: tuple[str, ...]
    acts: Callable[..., Sequence[StrEnum]]

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return the acts per record: one permission decides for all of them."""
        if not asking.actor.may(DUTIES[self.noun]):
            return [[] for _ in parents]
        return [list(self.acts(*(row[column] for column in self.columns))) for row in parents]


def viewer_can(noun: str, columns: tuple[str, ...] = (), acts: Callable[..., Sequence[StrEnum]] | None = None) -> Any:
    """Return the field that tells what the viewer can do to a record; without acts it can be updated."""
    possible = Possible(noun, columns, acts or always_updated)
    return sourced("What you can do to it now: possible in its state and allowed to you.", possible)


def always_updated() -> Sequence[RecordAct]:
    """Return what can be done to a record that never ends."""
    return (RecordAct.UPDATE,)


def until_ended(ended_at: datetime | None) -> Sequence[RecordAct]:
    """Return what can be done to a record that may be ended: nothing once it is."""
    return (RecordAct.UPDATE, RecordAct.END) if ended_at is None else ()


_LOOKED_AT = ("id", "number", "title", "external_id", "type", "state", "requester_id", "recorded_at")


@dataclass(frozen=True, slots=True)
class ViewerCan:
    """The acts on a change that are possible now and allowed to whoever asks (`domain.change.lifecycle`)."""

    @property
    def columns(self) -> tuple[str, ...]:
        """What the lifecycle and the rights look at."""
        return _LOOKED_AT

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return the acts per change; implementers of its tasks have rights of their own."""
        ids = [row["id"] for row in parents]
        pages = await asking.reads.children(
            "change_task", "change", ids, ("id", "title", "implementer_id"), Listing(first=MOST)
        )
        return [change_acts(asking.actor, _change(row, pages[row["id"]].rows)) for row in parents]


def _change(row: Row, tasks: Sequence[Row]) -> Change:
    change = Change(**{column: row[column] for column in _LOOKED_AT})
    change.tasks = [
        ChangeTask(id=task["id"], change_id=row["id"], title=task["title"], implementer_id=task["implementer_id"])
        for task in tasks
    ]
    return change
