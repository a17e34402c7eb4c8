"""Events as a front end follows them: one interface per feed, one type in the past tense per thing that can happen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Annotated, Any, TypeAlias, Union, cast

import strawberry
from graphql import GraphQLObjectType

from api.enums import named_enum
from api.fields import column, sourced
from api.ids import encode_id
from api.lookahead import Asking, Selected, Value
from api.relations import One, objects_by_id
from api.types.account import ServiceAccount
from api.types.board import CabMeeting, CabSeries
from api.types.change import Change
from api.types.configuration import ConfigurationItem, RedundancyGroup, Relation
from api.types.happenings import AGENDA, CHANGES, CIS, TICKETS
from api.types.incident import Incident
from api.types.problem import Problem
from api.types.service import BusinessService
from domain.kernel.actor import Permission
from domain.kernel.global_ids import TYPE_OF_TABLE
from domain.kernel.page import Row

UNNAMED = "Recorded"
MISSED = "EventsMissed"


@dataclass(frozen=True, slots=True)
class Subject:
    """The record an event is about, as the event shows it; `types` are those of the field, None for all of the feed."""

    types: frozenset[str] | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What the event says of its subject."""
        return ("subject_type", "subject_id", "image")

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the subject of each event, None where it is of another type, or there is none."""
        return [await self._subject(asking, row, selected) for row in parents]

    async def _subject(self, asking: Asking, row: Row, selected: Selected) -> Any:
        type_name = TYPE_OF_TABLE.get(row["subject_type"] or "")
        if type_name is None or (self.types is not None and type_name not in self.types):
            return None
        plan = asking.plan(cast(GraphQLObjectType, asking.schema.get_type(type_name)), selected.nodes)
        image: Row = row["image"]
        if plan.columns <= image.keys():
            (shown,) = await plan.build(asking, [image])
            return shown
        # Columns of a joined table, or younger than the event: they are read as they are now.
        return (await objects_by_id(asking, plan, [row["subject_id"]])).get(row["subject_id"])


@dataclass(frozen=True, slots=True)
class Board:
    """The board of an agenda event: the subject itself, or the one whose meeting it is."""

    @property
    def columns(self) -> tuple[str, ...]:
        """What the event says of its subject."""
        return ("subject_type", "subject_id", "image")

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the board of each event."""
        plan = asking.plan(selected.type, selected.nodes)
        ids = [row["image"].get("series_id") or row["subject_id"] for row in parents]
        found = await objects_by_id(asking, plan, ids)
        return [found.get(board_id) for board_id in ids]


Ticket: TypeAlias = Annotated[
    Union[Incident, Problem], strawberry.union("Ticket", description="An incident or a problem.")  # noqa: UP007
]
CiSubject: TypeAlias = Annotated[
    Union[ConfigurationItem, BusinessService, Relation, RedundancyGroup],  # noqa: UP007
    strawberry.union("CiSubject", description="Something that is configured, or how such things hang together."),
]


def _event_fields() -> dict[str, tuple[Any, Any]]:
    """Return the fields every event has: name to annotation and declaration."""
    return {
        "id": (
            strawberry.ID,
            sourced(
                "Opaque id of the event, the same in subscriptions, webhooks and the log.",
                Value(("cursor",), lambda cursor: encode_id("Event", cursor)),
            ),
        ),
        "cursor": (str, column("Place of the event: give the last one back as `after` to miss nothing.")),
        "occurred_at": (datetime, column("When it was committed.")),
        "actor": (
            ServiceAccount | None,
            sourced("The account that did it; null when the system did.", One("actor_id"), needs=Permission.READ_ALL),
        ),
        "version": (int, column("Version of the record after it.")),
        "note": (str | None, column("What was said when it was done; null when nothing was.")),
    }


def _interface(name: str, description: str, **fields: tuple[Any, Any]) -> Any:
    """Return the interface of a feed: what every event has, and the object."""
    declared = {**_event_fields(), **fields}
    body: dict[str, Any] = {key: field for key, (_, field) in declared.items()}
    body |= {"__annotations__": {key: of for key, (of, _) in declared.items()}, "__module__": __name__}
    return strawberry.interface(type(name, (), {**body, "__doc__": description}), description=description)


def _concrete(interface: Any, name: str, description: str) -> Any:
    body = {"__module__": __name__, "__doc__": description, "__annotations__": {}}
    return strawberry.type(type(name, (interface,), body), description=description)


def type_name(kind: str) -> str:
    """Return the name of the type of an event: `change.approved` is a `ChangeApproved`."""
    return "".join(word.capitalize() for step in kind.split(".") for word in step.split("_"))


def _types(interface: Any, happenings: Mapping[str, str]) -> dict[str, Any]:
    """Return the concrete types of a feed by kind; without a kind what has no type of its own, and what was missed."""
    prefix: str = interface.__name__.removesuffix("Event")
    known = {kind: _concrete(interface, type_name(kind), meaning) for kind, meaning in happenings.items()}
    known[UNNAMED] = _concrete(interface, f"{prefix}{UNNAMED}", "Something else was written down about it.")
    known[MISSED] = _concrete(
        interface,
        f"{prefix}{MISSED}",
        "The log no longer holds everything after the cursor you gave, or never had it. Read again what you show; the "
        "feed goes on after the cursor of this event.",
    )
    return known


def _enum(name: str, happenings: Mapping[str, str], description: str) -> Any:
    names = {_member(kind): kind for kind in happenings}
    members = Enum(name, names, module=__name__)  # type: ignore[misc]
    named_enum(members, name, description, **{_member(kind): meaning for kind, meaning in happenings.items()})
    return members


def _member(kind: str) -> str:
    return kind.replace(".", "_").upper()


TicketEvent: Any = _interface(
    "TicketEvent",
    "Something happened to an incident or a problem.",
    ticket=(Ticket | None, sourced("The ticket as the event left it.", Subject())),
)
ChangeEvent: Any = _interface(
    "ChangeEvent",
    "Something happened to a change.",
    change=(Change | None, sourced("The change as the event left it.", Subject())),
)
AgendaEvent: Any = _interface(
    "AgendaEvent",
    "Something happened to a board, its meetings or their agendas.",
    meeting=(
        CabMeeting | None,
        sourced("The meeting as the event left it; null for the board itself.", Subject(frozenset({"CabMeeting"}))),
    ),
    board=(CabSeries | None, sourced("The board as it is now.", Board())),
)
CiEvent: Any = _interface(
    "CiEvent",
    "Something happened to a configuration item, a service, a relation or a redundancy group.",
    subject=(CiSubject | None, sourced("What it happened to, as the event left it.", Subject())),
)

TYPES: Mapping[Any, Mapping[str, Any]] = {
    TicketEvent: _types(TicketEvent, TICKETS),
    ChangeEvent: _types(ChangeEvent, CHANGES),
    AgendaEvent: _types(AgendaEvent, AGENDA),
    CiEvent: _types(CiEvent, CIS),
}
"""Concrete types by interface and kind."""

TicketEventType = _enum("TicketEventType", TICKETS, "What can happen to a ticket.")
ChangeEventType = _enum("ChangeEventType", CHANGES, "What can happen to a change.")
AgendaEventType = _enum("AgendaEventType", AGENDA, "What can happen to a board and its meetings.")
CiEventType = _enum("CiEventType", CIS, "What can happen to configuration.")
