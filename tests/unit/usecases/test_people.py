"""What the verbs of people and calendars leave behind beside their events."""

import pytest

from domain.calendar.model import Calendar
from domain.calendar.rules import CalendarFacts
from domain.kernel.actor import Role
from domain.kernel.errors import Duplicate, Forbidden
from domain.people.model import CapacityLimit, Person
from domain.people.rules import PersonFacts, TeamFacts
from domain.usecases import calendars, people
from tests.unit.usecases.world import ADMINISTRATOR, World, actor

KEEPER = actor(Role.CONFIGURATION_MANAGER)


async def test_keeping_people_does_not_give_rights(world: World) -> None:
    facts = PersonFacts(name="Bob", roles=[Role.ADMINISTRATOR])
    with pytest.raises(Forbidden, match="policy:manage"):
        await people.create_person(world.ports, KEEPER, facts)
    with pytest.raises(Forbidden, match="policy:manage"):
        await people.update_person(world.ports, KEEPER, "bob", 1, facts)


@pytest.mark.requirement("R060")
async def test_one_person_may_hold_several_roles(world: World) -> None:
    roles = [Role.SUPPORT, Role.CAB_MEMBER]
    await people.update_person(world.ports, ADMINISTRATOR, "bob", 1, PersonFacts(roles=roles))
    assert (await world.get(Person, "bob")).roles == roles


async def test_there_is_one_default_calendar(world: World) -> None:
    await calendars.update_calendar(world.ports, KEEPER, "hours", 1, CalendarFacts(is_organisation_default=True))
    made = await calendars.create_calendar(
        world.ports, KEEPER, CalendarFacts(name="New", weekly=[], is_organisation_default=True)
    )
    assert not (await world.get(Calendar, "hours")).is_organisation_default
    assert (await world.get(Calendar, made)).is_organisation_default


async def test_a_limit_of_a_team_is_new_at_version_0(world: World) -> None:
    made = await people.set_capacity_limit(
        world.ports, KEEPER, subject_kind="TEAM", subject_id="team", concurrent_changes=2
    )
    assert (await world.get(CapacityLimit, made)).concurrent_changes == 2


@pytest.mark.requirement("R061")
async def test_a_team_has_its_name_alone(world: World) -> None:
    with pytest.raises(Duplicate, match="Another team has the name 'Platform'"):
        await people.create_team(world.ports, KEEPER, TeamFacts(name=" Platform "))
