"""Persons and teams (support groups, R061), with what planning needs: calendars, leave, capacity, delegates."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.kernel.actor import Permission, Role


@dataclass(eq=False, kw_only=True)
class Person:
    """Someone who requests, approves, implements or is affected.

    `calendar_id` is the shift (None: organisation hours). `capacity` is how many change tasks the person can
    carry at once. A `delegate_id` inherits the person's roles while on leave, not a second vote. `organisation` is the
    customer the person belongs to, None for the provider's own people; `subject` what the identity provider calls them.
    """

    id: str
    external_id: str | None
    name: str
    email: str | None = None
    subject: str | None = None
    organisation: str | None = None
    time_zone: str = "UTC"
    site: str | None = None
    calendar_id: str | None = None
    capacity: int = 1
    delegate_id: str | None = None
    is_vip: bool = False
    is_active: bool = True
    roles: list[Role] = field(default_factory=list)
    leave: list["Leave"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class Leave:
    """A half-open span in which a person is away."""

    id: str
    person_id: str
    start: datetime
    end: datetime
    reason: str | None = None


@dataclass(eq=False, kw_only=True)
class Team:
    """A support group: owns CIs, carries changes, has a track record (ENGINES F4c)."""

    id: str
    external_id: str | None
    name: str
    expertise: str | None = None
    lead_id: str | None = None
    calendar_id: str | None = None
    site: str | None = None
    members: list["TeamMember"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class TeamMember:
    """A person's membership of a team over time; ended, never deleted."""

    id: str
    team_id: str
    person_id: str
    valid_from: datetime
    valid_to: datetime | None = None


@dataclass(eq=False, kw_only=True)
class CapacityLimit:
    """How many changes may run at once on a site, in a team or on a service (conflict type CAPACITY)."""

    id: str
    subject_kind: str
    subject_id: str
    concurrent_changes: int
    version: int = 0


@dataclass(eq=False, kw_only=True)
class ServiceAccount:
    """A bearer token for a program: random, shown once, kept as a SHA-256 hash.

    An empty `scope` lets it do everything its role permits. While tokens are exchanged, the `previous_token_hash` is
    good until `previous_valid_until`.
    """

    id: str
    name: str
    token_hash: str
    role: Role
    actor_person_id: str | None
    created_at: datetime
    scope: list[Permission] = field(default_factory=list)
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    previous_token_hash: str | None = None
    previous_valid_until: datetime | None = None
    version: int = 0
