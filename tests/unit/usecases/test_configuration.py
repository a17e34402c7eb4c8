"""What the verbs of the estate leave behind beside their events (R202, R205, R206)."""

import pytest

from domain.ci.model import CiStatus, ConfigurationItem, RedundancyGroup, Relation
from domain.ci.relations import RelationType
from domain.ci.rules import CiClassFacts, CiFacts, GroupFacts, RelationFacts
from domain.kernel.actor import Role
from domain.kernel.errors import Duplicate, InvalidInput, InvalidTransition, StaleVersion
from domain.usecases import configuration, topology
from domain.usecases.topology import AddRelation
from tests.unit.usecases.world import ADMINISTRATOR, NOW, YESTERDAY, World, actor

KEEPER = actor(Role.CONFIGURATION_MANAGER)


@pytest.mark.requirement("R205")
async def test_retiring_ends_relations_at_both_ends(world: World) -> None:
    await configuration.retire_ci(world.ports, KEEPER, "rack", 1)
    assert (await world.get(ConfigurationItem, "rack")).status is CiStatus.RETIRED
    for relation_id in ("room-rack", "rack-db"):
        ended = await world.get(Relation, relation_id)
        assert (ended.valid_from, ended.valid_to) == (YESTERDAY, NOW)
    assert [event.kind for event in await world.events()] == ["relation.ended", "relation.ended", "ci.retired"]
    with pytest.raises(InvalidTransition):
        await configuration.update_ci(world.ports, KEEPER, "rack", 2, CiFacts(tier=1))


async def test_a_group_member_retires_after_it_has_left(world: World) -> None:
    await topology.end_members(world.ports, KEEPER, "group", 1, ["web2"])
    await configuration.retire_ci(world.ports, KEEPER, "web2", 1)
    left = {member.ci_id: member.valid_to for member in (await world.get(RedundancyGroup, "group")).members}
    assert left == {"web": None, "web2": NOW}


async def test_a_group_keeps_enough_members_for_its_rule(world: World) -> None:
    await topology.update_group(world.ports, KEEPER, "group", 1, GroupFacts(min_up=2))
    with pytest.raises(InvalidInput, match="min_up: must lie between 1 and the number of members, 1"):
        await topology.end_members(world.ports, KEEPER, "group", 2, ["web2"])


async def test_a_member_may_come_back(world: World) -> None:
    await topology.end_members(world.ports, KEEPER, "group", 1, ["web2"])
    await topology.add_members(world.ports, KEEPER, "group", 2, ["web2"])
    times = [member.valid_to for member in (await world.get(RedundancyGroup, "group")).members]
    assert sorted(times, key=str) == [NOW, None, None]


async def test_a_confirmation_starts_confidence_anew(world: World) -> None:
    await topology.update_relation(world.ports, KEEPER, "rack-db", 1, RelationFacts(stated_confidence=0.3))
    await topology.confirm_relation(world.ports, KEEPER, "rack-db", 2)
    confirmed = await world.get(Relation, "rack-db")
    assert (confirmed.stated_confidence, confirmed.confirmed_at) == (1.0, NOW)


@pytest.mark.parametrize("verb", [topology.end_relation, topology.confirm_relation])
async def test_an_ended_relation_is_left_alone(world: World, verb: object) -> None:
    await topology.end_relation(world.ports, KEEPER, "rack-db", 1)
    with pytest.raises(InvalidTransition):
        await verb(world.ports, KEEPER, "rack-db", 2)  # type: ignore[operator]


async def test_a_relation_is_stated_once_while_it_holds(world: World) -> None:
    again = AddRelation(source_id="rack", target_id="db", type=RelationType.CONTAINS)
    with pytest.raises(InvalidInput, match="target_id: has this relation already"):
        await topology.add_relation(world.ports, KEEPER, again)
    await topology.end_relation(world.ports, KEEPER, "rack-db", 1)
    assert (await world.get(Relation, await topology.add_relation(world.ports, KEEPER, again))).valid_from == NOW


async def test_only_containment_must_not_go_round(world: World) -> None:
    for source, target in (("db", "web"), ("web", "db")):
        await topology.add_relation(
            world.ports, KEEPER, AddRelation(source_id=source, target_id=target, type=RelationType.DEPENDS_ON)
        )
    with pytest.raises(InvalidInput, match="would contain itself: db > room > rack > db"):
        await topology.add_relation(
            world.ports, KEEPER, AddRelation(source_id="db", target_id="room", type=RelationType.CONTAINS)
        )


async def test_a_new_definition_does_not_overwrite_an_old_one(world: World) -> None:
    with pytest.raises(StaleVersion):
        await configuration.define_class(world.ports, KEEPER, "server", CiClassFacts(restore_minutes=5))


async def test_an_external_id_belongs_to_one_item(world: World) -> None:
    before = await world.everything()
    with pytest.raises(Duplicate, match="Another configuration item has the external id 'ext-web'"):
        await configuration.update_ci(world.ports, ADMINISTRATOR, "db", 1, CiFacts(external_id="ext-web"))
    assert await world.everything() == before
