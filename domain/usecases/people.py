"""People: persons, leave, teams, limits of concurrent changes (R061)."""

from datetime import datetime
from typing import Any

from domain.calendar.model import Calendar
from domain.ci.model import BusinessService
from domain.kernel.absent import ABSENT, apply_facts, trimmed
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import missing_issues, refuse, repeat_issues, text_issues, window_issues
from domain.people.model import CapacityLimit, Leave, Person, Team, TeamMember
from domain.people.rules import (
    PersonFacts,
    TeamFacts,
    capacity_limit_issues,
    current_members,
    person_issues,
    team_issues,
)
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, check_version, references

_CAPACITY_NOUNS: dict[str, type[Any]] = {"TEAM": Team, "SERVICE": BusinessService}


async def create_person(ports: Ports, actor: Actor, facts: PersonFacts) -> str:
    """Take a person into the record (`personCreate`)."""
    _check_roles(actor, facts)
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        person = Person(id=work.new_id(), external_id=None, name="")
        await _state_person(work, person, facts)
        work.add(person)
        work.record("person.created", person)
    return person.id


async def update_person(ports: Ports, actor: Actor, person_id: str, expected_version: int, facts: PersonFacts) -> str:
    """Change what is said of a person (`personUpdate`)."""
    _check_roles(actor, facts)
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        person = await work.get_at(Person, person_id, expected_version)
        await _state_person(work, person, facts)
        work.record("person.updated", person)
    return person.id


async def add_leave(
    ports: Ports,
    actor: Actor,
    person_id: str,
    expected_version: int,
    *,
    start: datetime,
    end: datetime,
    reason: str | None = None,
) -> str:
    """Record that a person is away in `[start, end)` (`personLeaveAdd`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        person = await work.get_at(Person, person_id, expected_version)
        reason = trimmed(reason)
        refuse([*window_issues("window", start, end), *text_issues("reason", reason)])
        person.leave.append(Leave(id=work.new_id(), person_id=person.id, start=start, end=end, reason=reason))
        work.record("person.leave_added", person)
    return person.id


async def create_team(ports: Ports, actor: Actor, facts: TeamFacts) -> str:
    """Take a support group into the record (`teamCreate`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        team = Team(id=work.new_id(), external_id=None, name="")
        await _state_team(work, team, facts)
        work.add(team)
        work.record("team.created", team)
    return team.id


async def update_team(ports: Ports, actor: Actor, team_id: str, expected_version: int, facts: TeamFacts) -> str:
    """Change what is said of a team (`teamUpdate`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        team = await work.get_at(Team, team_id, expected_version)
        await _state_team(work, team, facts)
        work.record("team.updated", team)
    return team.id


async def add_team_members(
    ports: Ports, actor: Actor, team_id: str, expected_version: int, person_ids: list[str]
) -> str:
    """Let persons join a team from now on (`teamMembersAdd`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        team = await work.get_at(Team, team_id, expected_version)
        await check(
            work,
            repeat_issues("person_ids", person_ids, besides=current_members(team, work.now)),
            *references("person_ids", Person, person_ids),
        )
        team.members += [
            TeamMember(id=work.new_id(), team_id=team.id, person_id=person_id, valid_from=work.now)
            for person_id in person_ids
        ]
        work.record("team.members_added", team)
    return team.id


async def end_team_members(
    ports: Ports, actor: Actor, team_id: str, expected_version: int, person_ids: list[str]
) -> str:
    """Let persons leave a team from now on (`teamMembersEnd`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        team = await work.get_at(Team, team_id, expected_version)
        present = current_members(team, work.now)
        refuse([*repeat_issues("person_ids", person_ids), *missing_issues("person_ids", person_ids, present)])
        for person_id in person_ids:
            present[person_id].valid_to = work.now
        work.record("team.members_ended", team)
    return team.id


async def set_capacity_limit(
    ports: Ports,
    actor: Actor,
    *,
    subject_kind: str,
    subject_id: str,
    concurrent_changes: int,
    expected_version: int = 0,
) -> str:
    """State how many changes may run at once on a site, in a team or on a service (`capacityLimitSet`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        limit = await work.find(CapacityLimit, subject_kind=subject_kind, subject_id=subject_id.strip())
        check_version("capacity limit", limit, expected_version)
        if limit is None:
            limit = CapacityLimit(
                id=work.new_id(),
                subject_kind=subject_kind,
                subject_id=subject_id.strip(),
                concurrent_changes=concurrent_changes,
            )
            work.add(limit)
        limit.concurrent_changes = concurrent_changes
        noun = _CAPACITY_NOUNS.get(limit.subject_kind)
        await check(
            work,
            capacity_limit_issues(limit),
            *([Reference("subject_id", noun, limit.subject_id)] if noun else []),
        )
        work.record("capacity_limit.set", limit)
    return limit.id


def _check_roles(actor: Actor, facts: PersonFacts) -> None:
    """Roles are rights: who keeps the people's record must not be able to raise their own."""
    if facts.roles is not ABSENT:
        actor.require(Permission.MANAGE_POLICY)


async def _state_person(work: UnitOfWork, person: Person, facts: PersonFacts) -> None:
    apply_facts(person, facts)
    await check(
        work,
        person_issues(person),
        Reference("calendar_id", Calendar, person.calendar_id),
        Reference("delegate_id", Person, None if person.delegate_id == person.id else person.delegate_id),
    )
    await check_free(work, "person", person, "external_id")


async def _state_team(work: UnitOfWork, team: Team, facts: TeamFacts) -> None:
    apply_facts(team, facts)
    await check(
        work,
        team_issues(team),
        Reference("calendar_id", Calendar, team.calendar_id),
        Reference("lead_id", Person, team.lead_id),
    )
    await check_free(work, "team", team, "external_id", "name")
