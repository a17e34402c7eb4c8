"""What may be said of people and teams, and what must hold of them (R061)."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.actor import Role
from domain.kernel.checks import range_issues, repeat_issues, text_issues, zone_issues
from domain.kernel.errors import Issue
from domain.people.model import CapacityLimit, Person, Team, TeamMember

CAPACITY_SUBJECTS = ("SITE", "TEAM", "SERVICE")
MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonFacts:
    """What may be said of a person; see `domain.people.model.Person`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    email: Maybe[str | None] = ABSENT
    organisation: Maybe[str | None] = ABSENT
    time_zone: Maybe[str] = ABSENT
    site: Maybe[str | None] = ABSENT
    calendar_id: Maybe[str | None] = ABSENT
    capacity: Maybe[int] = ABSENT
    delegate_id: Maybe[str | None] = ABSENT
    is_vip: Maybe[bool] = ABSENT
    is_active: Maybe[bool] = ABSENT
    roles: Maybe[list[Role]] = ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamFacts:
    """What may be said of a team; see `domain.people.model.Team`."""

    external_id: Maybe[str | None] = ABSENT
    name: Maybe[str] = ABSENT
    expertise: Maybe[str | None] = ABSENT
    lead_id: Maybe[str | None] = ABSENT
    calendar_id: Maybe[str | None] = ABSENT
    site: Maybe[str | None] = ABSENT


def person_issues(person: Person) -> list[Issue]:
    """Return what is wrong with a person about to be stored; references are checked against the record."""
    issues = [
        *text_issues("external_id", person.external_id),
        *text_issues("name", person.name, required=True),
        *text_issues("email", person.email),
        *text_issues("organisation", person.organisation),
        *zone_issues("time_zone", person.time_zone),
        *text_issues("site", person.site),
        *range_issues("capacity", person.capacity, 1, MOST_AT_ONCE),
        *repeat_issues("roles", person.roles),
    ]
    if person.email and "@" not in person.email:
        issues.append(Issue("email", "must be an address such as ada@example.org"))
    if person.delegate_id == person.id:
        issues.append(Issue("delegate_id", "must be another person"))
    return issues


def team_issues(team: Team) -> list[Issue]:
    """Return what is wrong with a team about to be stored."""
    return [
        *text_issues("external_id", team.external_id),
        *text_issues("name", team.name, required=True),
        *text_issues("expertise", team.expertise),
        *text_issues("site", team.site),
    ]


def capacity_limit_issues(limit: CapacityLimit) -> list[Issue]:
    """Return what is wrong with a limit of concurrent changes; its subject is a site's name or an id."""
    issues = [
        *text_issues("subject_id", limit.subject_id, required=True),
        *range_issues("concurrent_changes", limit.concurrent_changes, 1, MOST_AT_ONCE),
    ]
    if limit.subject_kind not in CAPACITY_SUBJECTS:
        issues.append(Issue("subject_kind", f"must be one of {', '.join(CAPACITY_SUBJECTS)}"))
    return issues


def current_members(team: Team, at: datetime) -> dict[str, TeamMember]:
    """Return who belongs to the team at the instant, by person id."""
    return {
        member.person_id: member
        for member in team.members
        if member.valid_from <= at and (member.valid_to is None or at < member.valid_to)
    }


def token_hash(token: str) -> str:
    """Return the form in which a bearer token is kept: SHA-256 in hexadecimal. 256 random bits need no salt."""
    return sha256(token.encode(errors="surrogateescape")).hexdigest()
