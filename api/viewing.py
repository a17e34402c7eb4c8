"""What the viewer may do: from the tables that decide it, never from a copy."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.lookahead import Asking, Selected
from domain.change.lifecycle import viewer_can
from domain.change.model import Change, ChangeTask
from domain.kernel.page import MOST, Listing, Row

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
        return [viewer_can(asking.actor, _change(row, pages[row["id"]].rows)) for row in parents]


def _change(row: Row, tasks: Sequence[Row]) -> Change:
    change = Change(**{column: row[column] for column in _LOOKED_AT})
    change.tasks = [
        ChangeTask(id=task["id"], change_id=row["id"], title=task["title"], implementer_id=task["implementer_id"])
        for task in tasks
    ]
    return change
