"""Who may see which record, as data: the store compiles these rules into every read (ADR 0009).

Staff (permission `record:read`) see every record but restricted incidents, which only their people and holders of
`record:read_restricted` see. A requester sees the catalogue, the provider's people and those of their own customer
organisation, and the incidents and changes that they or their organisation asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from domain.kernel.actor import Permission


@dataclass(frozen=True, slots=True)
class Holds:
    """The actor holds the permission."""

    permission: Permission


@dataclass(frozen=True, slots=True)
class IsSelf:
    """The field of the record names the actor's person."""

    field: str


@dataclass(frozen=True, slots=True)
class IsOfOrganisation:
    """The field of the record names a person of the customer organisation that the actor belongs to."""

    field: str


@dataclass(frozen=True, slots=True)
class IsAccount:
    """The field of the record names the actor's own account."""

    field: str


@dataclass(frozen=True, slots=True)
class IsTeammate:
    """The field of the record names a team of which the actor's person is a member now."""

    field: str


@dataclass(frozen=True, slots=True)
class Says:
    """The field of the record has the value."""

    field: str
    value: str | bool


@dataclass(frozen=True, slots=True)
class Lacks:
    """The field of the record is empty."""

    field: str


@dataclass(frozen=True, slots=True)
class Differs:
    """The field of the record has another value."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class SeesOther:
    """The field of the record names a record of the noun that the actor sees."""

    noun: str
    field: str


@dataclass(frozen=True, slots=True)
class SeesAnyLinked:
    """A row of the noun `link` names this record in `key` and is itself visible."""

    link: str
    key: str


@dataclass(frozen=True, slots=True)
class ImageShows:
    """The after-image in the field is one of a record of the noun that the actor would see if it still were so."""

    noun: str
    field: str


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the rules holds."""

    rules: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of the rules hold; of no rules, always."""

    rules: tuple["Rule", ...]


Rule: TypeAlias = (
    Holds
    | IsSelf
    | IsOfOrganisation
    | IsAccount
    | IsTeammate
    | Says
    | Lacks
    | Differs
    | SeesOther
    | SeesAnyLinked
    | ImageShows
    | AnyOf
    | AllOf
)

EVERYONE = AllOf(())
STAFF = Holds(Permission.READ_ALL)


def _belongs_to(field: str) -> AnyOf:
    """Return the rule that the field names the actor's person or one of their organisation."""
    return AnyOf((IsSelf(field), IsOfOrganisation(field)))


INCIDENT = AnyOf(
    (
        Holds(Permission.READ_RESTRICTED),
        AllOf((STAFF, Says("is_restricted", False))),
        AllOf((STAFF, AnyOf((IsSelf("reporter_id"), IsSelf("assignee_id"), IsTeammate("team_id"))))),
        AllOf((Holds(Permission.READ_OWN), _belongs_to("reporter_id"), Says("is_restricted", False))),
    )
)
CHANGE = AnyOf((STAFF, AllOf((Holds(Permission.READ_OWN), _belongs_to("requester_id")))))
PERSON = AnyOf((STAFF, IsSelf("id"), Lacks("organisation"), IsOfOrganisation("id")))
WEBHOOK = AnyOf((Holds(Permission.MANAGE_POLICY), AllOf((Holds(Permission.MANAGE_WEBHOOK), IsAccount("account_id")))))
CALENDAR_FEED = AnyOf((Holds(Permission.MANAGE_POLICY), AllOf((STAFF, IsAccount("account_id")))))


def _as_told_and_as_it_is(noun: str) -> Rule:
    """Return the rule of events of a noun that not all staff see: seen as the event shows it, and as it is now."""
    shown = AllOf((SeesOther(noun, "subject_id"), ImageShows(noun, "body")))
    return AnyOf((Differs("subject_type", noun), shown))


EVENT = AllOf((STAFF, *map(_as_told_and_as_it_is, ("incident", "webhook_endpoint", "calendar_feed"))))

VISIBILITY: Mapping[str, Rule] = {
    "person": PERSON,
    "leave": STAFF,
    "team": EVERYONE,
    "team_member": SeesOther("person", "person_id"),
    "calendar": EVERYONE,
    "capacity_limit": STAFF,
    "service_account": STAFF,
    "policy": STAFF,
    "ci_class": EVERYONE,
    "ci": EVERYONE,
    "stakeholder": STAFF,
    "business_service": EVERYONE,
    "relation": STAFF,
    "redundancy_group": STAFF,
    "redundancy_member": STAFF,
    "redundancy_protected": STAFF,
    "incident": INCIDENT,
    "incident_change_link": AllOf((SeesOther("incident", "incident_id"), SeesOther("change", "change_id"))),
    "problem": STAFF,
    "change": CHANGE,
    "change_target": SeesOther("change", "change_id"),
    "change_task": SeesOther("change", "change_id"),
    "change_predecessor": AllOf((SeesOther("change", "change_id"), SeesOther("change", "predecessor_id"))),
    "change_evidence": SeesOther("change", "change_id"),
    "technical_risk": SeesOther("change", "change_id"),
    "change_decision": SeesOther("change", "change_id"),
    "change_model": EVERYONE,
    "change_window": EVERYONE,
    "window_exemption": STAFF,
    "cab_series": STAFF,
    "cab_member": STAFF,
    "cab_meeting": STAFF,
    "cab_absence": STAFF,
    "agenda_item": STAFF,
    "conflict_change": SeesOther("change", "change_id"),
    "conflict": AnyOf((STAFF, SeesAnyLinked("conflict_change", "conflict_id"))),
    "risk_assessment": SeesOther("change", "change_id"),
    "webhook_endpoint": WEBHOOK,
    "webhook_delivery": SeesOther("webhook_endpoint", "endpoint_id"),
    "webhook_attempt": SeesOther("webhook_delivery", "delivery_id"),
    "calendar_feed": CALENDAR_FEED,
    "event": EVENT,
    "audit_entry": AllOf((Holds(Permission.READ_AUDIT), EVENT)),
}
"""The rule of each noun; a noun without one cannot be read."""
