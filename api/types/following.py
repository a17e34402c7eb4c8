"""What a client says it follows: the inputs of subscriptions, webhooks and the query over the log."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry

from api.enums import described_enum
from api.ids import decode_any_id
from api.types.filters import ChoiceFilter, IdFilter, IntFilter, comparator
from api.types.live import AgendaEventType, ChangeEventType, CiEventType, TicketEventType
from domain.change.model import ChangeType
from domain.kernel.errors import InvalidInput
from domain.kernel.following import Feed, Follow
from domain.kernel.page import MOST


class TicketKind(Enum):
    """Which tickets."""

    INCIDENT = "incident"
    PROBLEM = "problem"


PRIORITIES = range(1, 5)

described_enum(TicketKind, "Kinds of tickets.", INCIDENT="Incidents.", PROBLEM="Problems.")

_NEIGHBOURHOOD = (
    "Only what touches something that one of these configuration items or business services depends on, or itself. "
    "The set is kept current while you follow."
)
_SERVICE = "By business service or configuration item it is about."


@strawberry.input(description="Which events of tickets: those that match every field given.")
class TicketEventWhere:
    """Filters of the feed of tickets."""

    type: ChoiceFilter[TicketEventType] | None = comparator("By what happened.")
    kind: ChoiceFilter[TicketKind] | None = comparator("By kind of ticket.")
    ticket: IdFilter | None = comparator("By ticket.")
    priority: IntFilter | None = comparator("By priority, 1 is the highest.")
    team: IdFilter | None = comparator("By team that has it.")
    service: IdFilter | None = comparator(_SERVICE)
    neighbourhood_of: IdFilter | None = comparator(_NEIGHBOURHOOD)


@strawberry.input(description="Which events of changes: those that match every field given.")
class ChangeEventWhere:
    """Filters of the feed of changes."""

    type: ChoiceFilter[ChangeEventType] | None = comparator("By what happened.")
    change: IdFilter | None = comparator("By change.")
    change_type: ChoiceFilter[ChangeType] | None = comparator("By type of change.")
    team: IdFilter | None = comparator("By team that carries it.")
    service: IdFilter | None = comparator(_SERVICE)
    neighbourhood_of: IdFilter | None = comparator(_NEIGHBOURHOOD)


@strawberry.input(description="Which events of boards: those that match every field given.")
class AgendaEventWhere:
    """Filters of the feed of agendas."""

    type: ChoiceFilter[AgendaEventType] | None = comparator("By what happened.")
    meeting: IdFilter | None = comparator("By meeting.")


@strawberry.input(description="Which events of configuration: those that match every field given.")
class CiEventWhere:
    """Filters of the feed of configuration."""

    type: ChoiceFilter[CiEventType] | None = comparator("By what happened.")
    subject: IdFilter | None = comparator("By configuration item, service, relation or redundancy group.")
    neighbourhood_of: IdFilter | None = comparator(_NEIGHBOURHOOD)


@strawberry.input(one_of=True, description="One feed, narrowed or whole.")
class EventFeedFilter:
    """What a webhook or a query over the log follows."""

    tickets: strawberry.Maybe[TicketEventWhere] = strawberry.field(description="Events of tickets.")
    changes: strawberry.Maybe[ChangeEventWhere] = strawberry.field(description="Events of changes.")
    agenda: strawberry.Maybe[AgendaEventWhere] = strawberry.field(description="Events of boards and meetings.")
    configuration: strawberry.Maybe[CiEventWhere] = strawberry.field(description="Events of configuration.")


FEEDS: Mapping[str, Feed] = {
    "tickets": Feed.TICKETS,
    "changes": Feed.CHANGES,
    "agenda": Feed.AGENDA,
    "configuration": Feed.CIS,
}
_ITEMS = frozenset({"ConfigurationItem", "BusinessService"})
_ID_TYPES: Mapping[str, frozenset[str]] = {
    "ticket": frozenset({"Incident", "Problem"}),
    "change": frozenset({"Change"}),
    "meeting": frozenset({"CabMeeting"}),
    "subject": _ITEMS | {"Relation", "RedundancyGroup"},
    "team": frozenset({"Team"}),
    "service": _ITEMS,
    "neighbourhoodOf": _ITEMS,
}


def follow_of(feed: Feed, where: Mapping[str, Any] | None, path: str = "where") -> Follow:
    """Return what a `where` argument follows, by the domain's names; `InvalidInput` names the field at fault."""
    given = {name: _accepted(name, compared, f"{path}.{name}") for name, compared in (where or {}).items() if compared}
    return Follow(
        feed,
        subject_types=given.get("kind"),
        kinds=given.get("type"),
        ids=next((given[name] for name in ("ticket", "change", "meeting", "subject") if name in given), None),
        priorities=given.get("priority"),
        team_ids=given.get("team"),
        change_types=given.get("changeType"),
        service_ids=given.get("service"),
        neighbourhoods=given.get("neighbourhoodOf"),
    )


def _accepted(name: str, compared: Mapping[str, Any], path: str) -> Any:
    """Return the values a filter lets through, None for one that asks nothing."""
    asked = {key: value for key, value in compared.items() if value is not None}
    if not asked:
        return None
    if name == "priority":
        return frozenset(priority for priority in PRIORITIES if _compares(priority, asked))
    listed = [("eq", [asked["eq"]])] if "eq" in asked else []
    listed += [("in", asked["in"])] if "in" in asked else []
    if any(len(values) > MOST for _, values in listed):
        raise InvalidInput.at(f"{path}.in", f"takes at most {MOST} values")
    sets = [frozenset(_value(name, value, f"{path}.{key}") for value in values) for key, values in listed]
    return frozenset.intersection(*sets)


def _compares(priority: int, asked: Mapping[str, Any]) -> bool:
    return (
        asked.get("eq", priority) == priority
        and priority in asked.get("in", (priority,))
        and asked.get("gte", priority) <= priority <= asked.get("lte", priority)
    )


def _value(name: str, value: Any, path: str) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    actual, record_id = decode_any_id(value, path)
    if actual not in _ID_TYPES[name]:
        raise InvalidInput.at(path, f"is the id of a {actual}, which this does not take")
    return record_id
