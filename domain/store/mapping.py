"""Pure dataclasses mapped onto tables: the domain knows nothing of this module.

Every aggregate is one root row with its child rows. Children load with their root and are read through it only;
anything not loaded raises. The root's `version` is the compare and set of every write.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import registry, relationship
from sqlalchemy.orm.attributes import flag_modified

from domain.cab import model as cab
from domain.calendar.model import Calendar
from domain.change import model as change
from domain.change import windows
from domain.ci import model as ci
from domain.incident import model as incident
from domain.integration import model as integration
from domain.kernel.policy import Policy
from domain.people import model as people
from domain.problem import model as problem
from domain.store import tables as t


@dataclass(frozen=True, slots=True)
class Children:
    """A list of child rows: the attribute of the root, their class and table, and the column that names the root."""

    attribute: str
    cls: type[Any]
    table: sa.Table
    key: str
    order: str = "id"


@dataclass(frozen=True, slots=True)
class Aggregate:
    """A root class, its table, the noun people use for it, and its children."""

    cls: type[Any]
    table: sa.Table
    noun: str
    children: tuple[Children, ...] = ()


AGGREGATES: tuple[Aggregate, ...] = (
    Aggregate(Calendar, t.people.calendar, "calendar"),
    Aggregate(
        people.Person,
        t.people.person,
        "person",
        (Children("leave", people.Leave, t.people.leave, "person_id"),),
    ),
    Aggregate(
        people.Team,
        t.people.team,
        "team",
        (Children("members", people.TeamMember, t.people.team_member, "team_id"),),
    ),
    Aggregate(people.CapacityLimit, t.people.capacity_limit, "capacity limit"),
    Aggregate(people.ServiceAccount, t.people.service_account, "service account"),
    Aggregate(ci.CiClass, t.configuration.ci_class, "CI class"),
    Aggregate(
        ci.ConfigurationItem,
        t.configuration.ci,
        "configuration item",
        (Children("stakeholders", ci.Stakeholder, t.configuration.stakeholder, "ci_id"),),
    ),
    Aggregate(ci.BusinessService, t.configuration.business_service, "business service"),
    Aggregate(ci.Relation, t.configuration.relation, "relation"),
    Aggregate(
        ci.RedundancyGroup,
        t.configuration.redundancy_group,
        "redundancy group",
        (
            Children("members", ci.RedundancyMember, t.configuration.redundancy_member, "group_id"),
            Children("protected", ci.RedundancyProtected, t.configuration.redundancy_protected, "group_id"),
        ),
    ),
    Aggregate(
        incident.Incident,
        t.tickets.incident,
        "incident",
        (
            Children("cis", incident.IncidentCi, t.tickets.incident_ci, "incident_id"),
            Children("change_links", incident.IncidentChangeLink, t.tickets.incident_change_link, "incident_id"),
        ),
    ),
    Aggregate(
        problem.Problem,
        t.tickets.problem,
        "problem",
        (
            Children("cis", problem.ProblemCi, t.tickets.problem_ci, "problem_id"),
            Children("incidents", problem.ProblemIncident, t.tickets.problem_incident, "problem_id"),
        ),
    ),
    Aggregate(
        change.Change,
        t.changes.change,
        "change",
        (
            Children("targets", change.ChangeTarget, t.changes.change_target, "change_id"),
            Children("tasks", change.ChangeTask, t.changes.change_task, "change_id"),
            Children("predecessors", change.ChangePredecessor, t.changes.change_predecessor, "change_id"),
            Children("evidence", change.ChangeEvidence, t.changes.change_evidence, "change_id"),
            Children("technical_risks", change.TechnicalRisk, t.changes.technical_risk, "change_id"),
            Children("decisions", change.ChangeDecision, t.changes.change_decision, "change_id"),
        ),
    ),
    Aggregate(change.ChangeModel, t.changes.change_model, "change model"),
    Aggregate(
        windows.ChangeWindow,
        t.changes.change_window,
        "change window",
        (Children("exemptions", windows.WindowExemption, t.changes.window_exemption, "window_id"),),
    ),
    Aggregate(
        cab.CabSeries,
        t.cab.cab_series,
        "CAB series",
        (Children("members", cab.CabMember, t.cab.cab_member, "series_id"),),
    ),
    Aggregate(
        cab.CabMeeting,
        t.cab.cab_meeting,
        "CAB meeting",
        (
            Children("absences", cab.CabAbsence, t.cab.cab_absence, "meeting_id"),
            Children("items", cab.AgendaItem, t.cab.agenda_item, "meeting_id", order="place"),
        ),
    ),
    Aggregate(Policy, t.log.policy, "policy"),
    Aggregate(integration.WebhookEndpoint, t.integration.webhook_endpoint, "webhook"),
    Aggregate(integration.CalendarFeed, t.integration.calendar_feed, "calendar feed"),
)


def _row_reader(names: Sequence[str]) -> Callable[[Any], dict[str, Any]]:
    read = attrgetter(*names)
    return lambda record: dict(zip(names, read(record), strict=True))


def _is_json(kind: sa.types.TypeEngine[Any]) -> bool:
    return isinstance(kind.impl if isinstance(kind, sa.types.TypeDecorator) else kind, sa.JSON)


AGGREGATE_OF: dict[type[Any], Aggregate] = {aggregate.cls: aggregate for aggregate in AGGREGATES}
ROOT_OF: dict[type[Any], tuple[type[Any], str]] = {
    **{aggregate.cls: (aggregate.cls, "id") for aggregate in AGGREGATES},
    **{part.cls: (aggregate.cls, part.key) for aggregate in AGGREGATES for part in aggregate.children},
}
"""The class of the root of every record, and the attribute that holds the root's id."""

_JSON_OF: dict[type[Any], tuple[str, ...]] = {
    cls: tuple(column.name for column in table.columns if _is_json(column.type))
    for aggregate in AGGREGATES
    for cls, table in ((aggregate.cls, aggregate.table), *((part.cls, part.table) for part in aggregate.children))
}

_mappers = registry(metadata=t.metadata)


def _map(aggregate: Aggregate) -> None:
    for children in aggregate.children:
        _mappers.map_imperatively(children.cls, children.table)
    _mappers.map_imperatively(
        aggregate.cls,
        aggregate.table,
        version_id_col=aggregate.table.c.version,
        version_id_generator=False,
        properties={
            children.attribute: relationship(
                children.cls,
                lazy="raise",
                cascade="all, delete-orphan",
                foreign_keys=[children.table.c[children.key]],
                order_by=[children.table.c[children.order], children.table.c.id],
            )
            for children in aggregate.children
        },
    )


for _aggregate in AGGREGATES:
    _map(_aggregate)


_ROW_OF: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    cls: _row_reader([column.name for column in table.columns])
    for aggregate in AGGREGATES
    for cls, table in ((aggregate.cls, aggregate.table), *((part.cls, part.table) for part in aggregate.children))
}


def rows_of(root: Any) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """Yield the rows a new record stands for, its own first, each with the table it goes to."""
    aggregate = AGGREGATE_OF[type(root)]
    yield aggregate.table, _ROW_OF[aggregate.cls](root)
    for children in aggregate.children:
        for part in getattr(root, children.attribute):
            yield children.table, _ROW_OF[children.cls](part) | {children.key: root.id}


def keep_changes_in_place(root: Any) -> None:
    """Have the lists and objects in JSON columns saved: a change inside of one is not seen from outside."""
    parts = (part for children in AGGREGATE_OF[type(root)].children for part in getattr(root, children.attribute))
    for record in (root, *parts):
        if sa.inspect(record).persistent:
            for attribute in _JSON_OF[type(record)]:
                flag_modified(record, attribute)
