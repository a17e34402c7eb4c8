"""Mutations about relations and redundancy groups."""

from datetime import datetime

import strawberry

from api.bulk import in_bulk
from api.types.configuration import RedundancyGroup, Relation
from api.verbs import CREATES, EDITS, SEEN, STEPS, Outcome, Repeatable, given, verb, with_command, with_facts
from domain.ci.model import MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.ci.rules import GroupFacts, RelationFacts
from domain.kernel.actor import Permission
from domain.kernel.errors import Duplicate
from domain.usecases import topology
from domain.usecases.topology import AddRelation, DefineGroup

RELATION = Outcome("relation", Relation, "The relation")
GROUP = Outcome("redundancy_group", RedundancyGroup, "The redundancy group")


@strawberry.input(description="What may be said of a relation beside its two ends.")
class RelationInput:
    """Facts of a relation, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    degree: strawberry.Maybe[float | None] = given(
        "How much of a failure is noticed, from 0 to 1; null for what is usual of the type.", fact="alpha"
    )
    provider_side: strawberry.Maybe[ProviderSide | None] = given("Which end provides; of CONNECTS_TO only.")
    origin: strawberry.Maybe[str | None] = given("Where it is known from; null when a person says so.", fact="source")
    stated_confidence: strawberry.Maybe[float | None] = given("How far it is to be believed, from 0 to 1.")
    confirmed_at: strawberry.Maybe[datetime | None] = given("When it was last confirmed.")


@strawberry.input(description="A relation between two configuration items: `source TYPE target`.")
class RelationAddInput(RelationInput, Repeatable):
    """Both ends and the type are required."""

    source_id: strawberry.ID = given("What it is said of.", of="ConfigurationItem")
    target_id: strawberry.ID = given("What the source is related to: another item.", of="ConfigurationItem")
    type: RelationType = given("What the source is to the target.")
    valid_from: datetime | None = given("Since when it holds, not in the future; null: now.", default=None)


@strawberry.input(description="What changes of a relation: what is absent stays, null clears.")
class RelationUpdateInput(RelationInput):
    """Facts with the relation they are about."""

    relation_id: strawberry.ID = given("Relation to change.", of="Relation")
    expected_version: int = given(SEEN)


@strawberry.input(description="A relation that is as it is stated.")
class RelationConfirmInput:
    """Which one."""

    relation_id: strawberry.ID = given("Relation to confirm.", of="Relation")
    expected_version: int = given(SEEN)


@strawberry.input(description="A relation that holds no longer.")
class RelationEndInput:
    """Which one."""

    relation_id: strawberry.ID = given("Relation to end.", of="Relation")
    expected_version: int = given(SEEN)


@strawberry.input(description="What may be said of a redundancy group.")
class RedundancyGroupInput:
    """Facts of a group, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    min_up_kind: strawberry.Maybe[MinUpKind] = given("What `minUp` counts; COUNT unless given.")
    degree: strawberry.Maybe[float] = given(
        "How much those protected notice when too few are up, from 0 to 1; 1 unless given.", fact="alpha"
    )
    is_assumed: strawberry.Maybe[bool] = given("Whether nobody has confirmed what must stay up.")
    origin: strawberry.Maybe[str | None] = given("Where it is known from; null when a person says so.", fact="source")
    confirmed_at: strawberry.Maybe[datetime | None] = given("When it was last confirmed.")


@strawberry.input(description="Configuration items that stand in for each other, and what they protect.")
class RedundancyGroupDefineInput(RedundancyGroupInput, Repeatable):
    """A name, what must stay up and the members are required."""

    name: str = given("Name, at most 200 characters.")
    min_up: int = given("What must stay up: 1 to the number of members, or 1 to 100 percent.")
    member_ids: list[strawberry.ID] = given(
        "Who stands in for each other, at most 100.", blamed_as="members", of="ConfigurationItem"
    )
    protected_ids: list[strawberry.ID] = given(
        "What depends on the group as a whole, at most 100.", of="ConfigurationItem", default=[]
    )


@strawberry.input(description="What changes of a redundancy group: what is absent stays, null clears.")
class RedundancyGroupUpdateInput(RedundancyGroupInput):
    """Facts with the group they are about."""

    name: strawberry.Maybe[str] = given("Name, at most 200 characters.")
    min_up: strawberry.Maybe[int] = given("What must stay up: 1 to the number of members, or 1 to 100 percent.")
    redundancy_group_id: strawberry.ID = given("Group to change.", fact="group_id", of="RedundancyGroup")
    expected_version: int = given(SEEN)


@strawberry.input
class RedundancyCis:
    """A group, and configuration items that join or leave it."""

    redundancy_group_id: strawberry.ID = given("The group.", fact="group_id", of="RedundancyGroup")
    expected_version: int = given(SEEN)
    configuration_item_ids: list[strawberry.ID] = given(
        "The items, at most 100.", fact="ci_ids", blamed_as="members", of="ConfigurationItem"
    )


@strawberry.input(description="Configuration items that join a redundancy group.")
class RedundancyMembersAddInput(RedundancyCis):
    """Members from now on."""


@strawberry.input(description="Configuration items that leave a redundancy group.")
class RedundancyMembersEndInput(RedundancyCis):
    """Members until now."""


@strawberry.input(description="Configuration items that depend on a redundancy group as a whole.")
class RedundancyProtectedAddInput(RedundancyCis):
    """Protected from now on."""


@strawberry.input(description="Configuration items that depend on a redundancy group no longer.")
class RedundancyProtectedEndInput(RedundancyCis):
    """Protected until now."""


@strawberry.type
class TopologyMutations:
    """Verbs of relations and redundancy groups."""

    relation_add = verb(
        with_command(topology.add_relation, AddRelation, RelationFacts),
        RelationAddInput,
        "State a relation between two configuration items.",
        answers=RELATION,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    relation_add_bulk = in_bulk(relation_add)
    relation_update = verb(
        with_facts(topology.update_relation, RelationFacts),
        RelationUpdateInput,
        "Change degree, confidence or provider side of a relation.",
        answers=RELATION,
        refusals=(*STEPS, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    relation_confirm = verb(
        topology.confirm_relation,
        RelationConfirmInput,
        "Say that a relation is as it is stated; its confidence starts anew at 1.",
        answers=RELATION,
        refusals=STEPS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    relation_confirm_bulk = in_bulk(relation_confirm)
    relation_end = verb(
        topology.end_relation,
        RelationEndInput,
        "Say that a relation holds no longer.",
        answers=RELATION,
        refusals=STEPS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    relation_end_bulk = in_bulk(relation_end)
    redundancy_group_define = verb(
        with_command(topology.define_group, DefineGroup, GroupFacts),
        RedundancyGroupDefineInput,
        "State that configuration items stand in for each other.",
        answers=GROUP,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    redundancy_group_update = verb(
        with_facts(topology.update_group, GroupFacts),
        RedundancyGroupUpdateInput,
        "Change what must stay up of a group, or what else is said of it.",
        answers=GROUP,
        refusals=(*EDITS, Duplicate),
        needs=Permission.WRITE_CONFIGURATION,
    )
    redundancy_members_add = verb(
        topology.add_members,
        RedundancyMembersAddInput,
        "Let configuration items join a group from now on.",
        answers=GROUP,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    redundancy_members_end = verb(
        topology.end_members,
        RedundancyMembersEndInput,
        "Let configuration items leave a group from now on; enough must stay for its rule.",
        answers=GROUP,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    redundancy_protected_add = verb(
        topology.add_protected,
        RedundancyProtectedAddInput,
        "Let configuration items depend on the group as a whole from now on.",
        answers=GROUP,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
    redundancy_protected_end = verb(
        topology.end_protected,
        RedundancyProtectedEndInput,
        "Let configuration items depend on the group no longer.",
        answers=GROUP,
        refusals=EDITS,
        needs=Permission.WRITE_CONFIGURATION,
    )
