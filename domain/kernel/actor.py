"""Who acts, in which roles, and what a role may do. Roles and permissions are data (REQUIREMENTS section 2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel.errors import Forbidden


class Role(StrEnum):
    """A set of duties; one person may hold several (R060)."""

    REQUESTER = "REQUESTER"
    SERVICE_DESK = "SERVICE_DESK"
    SUPPORT = "SUPPORT"
    CHANGE_MANAGER = "CHANGE_MANAGER"
    CAB_MEMBER = "CAB_MEMBER"
    PROBLEM_MANAGER = "PROBLEM_MANAGER"
    CONFIGURATION_MANAGER = "CONFIGURATION_MANAGER"
    AUDITOR = "AUDITOR"
    INTEGRATION = "INTEGRATION"
    ADMINISTRATOR = "ADMINISTRATOR"


class Permission(StrEnum):
    """One thing that may be done; named `noun:verb` in messages and schema descriptions."""

    READ_ALL = "record:read"
    READ_RESTRICTED = "record:read_restricted"
    READ_OWN = "record:read_own"
    WRITE_CONFIGURATION = "configuration:write"
    WRITE_PEOPLE = "people:write"
    REPORT_INCIDENT = "incident:report"
    WRITE_INCIDENT = "incident:write"
    WRITE_PROBLEM = "problem:write"
    REQUEST_CHANGE = "change:request"
    MANAGE_CHANGE = "change:manage"
    DECIDE_CHANGE = "change:decide"
    IMPLEMENT_CHANGE = "change:implement"
    EXCLUDE_FROM_DETECTION = "conflict:exclude"
    ACCEPT_CONFLICT = "conflict:accept"
    WRITE_WINDOW = "window:write"
    MANAGE_CAB = "cab:manage"
    MANAGE_POLICY = "policy:manage"
    READ_AUDIT = "audit:read"
    MANAGE_WEBHOOK = "webhook:manage"
    FOLLOW_CALENDAR = "calendar:follow"


_P = Permission
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REQUESTER: frozenset({_P.READ_OWN, _P.REPORT_INCIDENT, _P.REQUEST_CHANGE}),
    Role.SERVICE_DESK: frozenset(
        {_P.READ_ALL, _P.FOLLOW_CALENDAR, _P.WRITE_INCIDENT, _P.WRITE_PROBLEM, _P.REQUEST_CHANGE}
    ),
    Role.SUPPORT: frozenset(
        {_P.READ_ALL, _P.FOLLOW_CALENDAR, _P.WRITE_INCIDENT, _P.WRITE_PROBLEM, _P.REQUEST_CHANGE, _P.IMPLEMENT_CHANGE}
    ),
    Role.CHANGE_MANAGER: frozenset(
        {
            _P.READ_ALL,
            _P.FOLLOW_CALENDAR,
            _P.REQUEST_CHANGE,
            _P.MANAGE_CHANGE,
            _P.DECIDE_CHANGE,
            _P.EXCLUDE_FROM_DETECTION,
            _P.ACCEPT_CONFLICT,
            _P.WRITE_WINDOW,
            _P.MANAGE_CAB,
        }
    ),
    Role.CAB_MEMBER: frozenset({_P.READ_ALL, _P.FOLLOW_CALENDAR, _P.DECIDE_CHANGE}),
    Role.PROBLEM_MANAGER: frozenset({_P.READ_ALL, _P.FOLLOW_CALENDAR, _P.WRITE_PROBLEM, _P.REQUEST_CHANGE}),
    Role.CONFIGURATION_MANAGER: frozenset(
        {_P.READ_ALL, _P.FOLLOW_CALENDAR, _P.WRITE_CONFIGURATION, _P.WRITE_PEOPLE, _P.WRITE_WINDOW}
    ),
    Role.AUDITOR: frozenset({_P.READ_ALL, _P.READ_AUDIT}),
    Role.INTEGRATION: frozenset(
        {
            _P.READ_ALL,
            _P.MANAGE_WEBHOOK,
            _P.FOLLOW_CALENDAR,
            _P.WRITE_CONFIGURATION,
            _P.WRITE_INCIDENT,
            _P.WRITE_PROBLEM,
            _P.REQUEST_CHANGE,
        }
    ),
    Role.ADMINISTRATOR: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The person, service account or the system itself on whose behalf something happens."""

    id: str
    name: str
    roles: frozenset[Role]
    person_id: str | None = None
    organisation: str | None = None
    scope: frozenset[Permission] | None = None
    """What a token is confined to, whatever its roles permit; None confines it to nothing."""

    @property
    def permissions(self) -> frozenset[Permission]:
        """What any of the actor's roles grants, within the scope."""
        granted = frozenset[Permission]().union(*(PERMISSIONS[role] for role in self.roles))
        return granted if self.scope is None else granted & self.scope

    def may(self, permission: Permission) -> bool:
        """Whether any of the actor's roles grants the permission, within the scope."""
        if self.scope is not None and permission not in self.scope:
            return False
        return any(permission in PERMISSIONS[role] for role in self.roles)

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` naming the permission when no role grants it."""
        if not self.may(permission):
            raise Forbidden(permission.value)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a token stands for, and until when; `expires_at` None means until it is revoked."""

    actor: Actor
    expires_at: datetime | None = None


SYSTEM = Actor(id="system", name="Headwater", roles=frozenset({Role.ADMINISTRATOR}))
