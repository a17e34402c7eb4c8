"""Who may hear of an event: the rules of `domain.kernel.visibility`, evaluated on what the event says (ADR 0009, 0045).

The store compiles the same rules to SQL for reads. Here they are asked of one row at a time: the after-image that an
event carries, or the record as it is now.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from domain.kernel.actor import Actor, Permission
from domain.kernel.events import Event
from domain.kernel.visibility import (
    STAFF,
    VISIBILITY,
    AllOf,
    AnyOf,
    Differs,
    Holds,
    ImageShows,
    IsAccount,
    IsOfOrganisation,
    IsSelf,
    IsTeammate,
    Lacks,
    Rule,
    Says,
    SeesAnyLinked,
    SeesOther,
)

_OVER_A_FIELD = IsSelf | IsAccount | IsOfOrganisation | IsTeammate | Says | Lacks | Differs

Facts: TypeAlias = Mapping[str, Any]
"""A record as the rules look at it: field to value."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who follows the log: the actor and the teams of which their person is a member now."""

    actor: Actor
    team_ids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Scope:
    """All that decides what an actor's reads answer: two actors of equal scope get equal answers.

    `person` is None where no rule that is asked looks at the person.
    """

    roles: frozenset[Any]
    permissions: frozenset[Permission]
    person: str | None = None

    @classmethod
    def of(cls, actor: Actor, *, is_personal: bool) -> "Scope":
        """Return the scope of an actor; a personal one is shared with nobody else."""
        permissions = frozenset(permission for permission in Permission if actor.may(permission))
        return cls(actor.roles, permissions, f"{actor.id}/{actor.person_id}" if is_personal else None)


@dataclass(frozen=True, slots=True)
class Told:
    """An event with its subject as the record holds it now; `present` is None when there is none any more.

    `organisations` are the customer organisations, now, of the people whom event and subject name: by their ids.
    """

    event: Event
    present: Facts | None = field(default=None)
    organisations: Mapping[str, str] = field(default_factory=dict)


def hears(viewer: Viewer, told: Told) -> bool:
    """Whether the viewer may hear of the event: they see its subject as the event shows it, and as it is now.

    The second keeps what has been restricted since from those who follow late.
    """
    rule = VISIBILITY.get(told.event.subject_type)
    if rule is None or not _holds(rule, told.event.body, viewer, told):
        return False
    return not looks_at_fields(rule) or (told.present is not None and _holds(rule, told.present, viewer, told))


def reads_log(viewer: Viewer, told: Told) -> bool:
    """Whether the viewer may read the event as a row of the log, whole: what the query and webhooks show."""
    event = told.event
    row = {"subject_type": event.subject_type, "subject_id": event.subject_id, "body": event.body}
    return _holds(VISIBILITY["event"], row, viewer, told)


def looks_at_fields(rule: Rule) -> bool:
    """Whether the rule asks for anything of the record; else the actor alone decides."""
    return any(not isinstance(part, Holds | AnyOf | AllOf) for part in _parts(rule))


def audience_fields(noun: str) -> frozenset[str]:
    """Return the fields of a noun's records that its rule looks at."""
    parts = _parts(VISIBILITY[noun])
    return frozenset(part.field for part in parts if isinstance(part, _OVER_A_FIELD))


def people_named(event: Event, present: Facts | None) -> frozenset[str]:
    """Return the people whose organisation decides who may hear of the event."""
    parts = _parts(VISIBILITY.get(event.subject_type, STAFF))
    fields = [part.field for part in parts if isinstance(part, IsOfOrganisation) and part.field != "id"]
    named = (row.get(name) for row in (event.body, present or {}) for name in fields)
    return frozenset(person_id for person_id in named if person_id is not None)


def is_personal(noun: str, actor: Actor) -> bool:
    """Whether what the actor sees of the noun may differ from what another with the same permissions sees."""
    return _verdict(VISIBILITY[noun], actor) is None


def _holds(rule: Rule, row: Facts, viewer: Viewer, told: Told) -> bool:  # noqa: C901, PLR0911, PLR0912 - a case a kind
    actor = viewer.actor
    match rule:
        case Holds(permission):
            return actor.may(permission)
        case IsSelf(name):
            return actor.person_id is not None and row.get(name) == actor.person_id
        case IsAccount(name):
            return bool(row.get(name) == actor.id)
        case IsOfOrganisation("id"):
            return actor.organisation is not None and row.get("organisation") == actor.organisation
        case IsOfOrganisation(name):
            return actor.organisation is not None and told.organisations.get(row.get(name, "")) == actor.organisation
        case Lacks(name):
            return row.get(name) is None
        case IsTeammate(name):
            return row.get(name) in viewer.team_ids
        case Says(name, value):
            return bool(row.get(name) == value)
        case Differs(name, value):
            return bool(row.get(name) != value)
        case ImageShows(noun, name):
            return _holds(VISIBILITY[noun], row[name], viewer, told)
        case SeesOther(noun, name):
            is_subject = noun == told.event.subject_type and row.get(name) == told.event.subject_id
            return is_subject and told.present is not None and _holds(VISIBILITY[noun], told.present, viewer, told)
        case SeesAnyLinked():
            return False
        case AnyOf(rules):
            return any(_holds(part, row, viewer, told) for part in rules)
        case AllOf(rules):
            return all(_holds(part, row, viewer, told) for part in rules)


def _parts(rule: Rule) -> Iterator[Rule]:
    yield rule
    if isinstance(rule, AnyOf | AllOf):
        for part in rule.rules:
            yield from _parts(part)


def _verdict(rule: Rule, actor: Actor) -> bool | None:
    """Return what the rule says for every record alike, None when that depends on the person who asks."""
    match rule:
        case Holds(permission):
            return actor.may(permission)
        case AnyOf(rules):
            found = [_verdict(part, actor) for part in rules]
            return True if True in found else None if None in found else False
        case AllOf(rules):
            found = [_verdict(part, actor) for part in rules]
            return False if False in found else None if None in found else True
        case SeesOther(noun, _) | ImageShows(noun, _):
            return _verdict(VISIBILITY[noun], actor)
        case SeesAnyLinked(link, _):
            return _verdict(VISIBILITY[link], actor)
    return None
