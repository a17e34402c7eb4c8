"""Importing persons and teams."""

from collections.abc import Sequence

from domain.calendar.model import Calendar
from domain.people.model import Person, Team, TeamMember
from domain.people.rules import current_members, person_issues, team_issues
from domain.ports import UnitOfWork
from domain.usecases.importing_recipe import Link, Recipe, Values


def _blank_person(_work: UnitOfWork, record_id: str, _values: Values) -> Person:
    return Person(id=record_id, external_id=None, name="")


def _blank_team(_work: UnitOfWork, record_id: str, _values: Values) -> Team:
    return Team(id=record_id, external_id=None, name="")


def _restate_members(work: UnitOfWork, team: Team, person_ids: Sequence[str]) -> None:
    present = current_members(team, work.now)
    for person_id in present.keys() - set(person_ids):
        present[person_id].valid_to = work.now
    team.members += [
        TeamMember(id=work.new_id(), team_id=team.id, person_id=person_id, valid_from=work.now)
        for person_id in person_ids
        if person_id not in present
    ]


PEOPLE = Recipe(
    noun=Person,
    event="person",
    keys=("external_id",),
    blank=_blank_person,
    issues=person_issues,
    references={"calendar_id": Calendar, "delegate_id": Person},
)

TEAMS = Recipe(
    noun=Team,
    event="team",
    keys=("external_id",),
    blank=_blank_team,
    issues=team_issues,
    unique=("name",),
    references={"calendar_id": Calendar, "lead_id": Person},
    links={"members": Link(Person, _restate_members)},
)
