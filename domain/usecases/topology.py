"""What hangs together how: relations and redundancy groups (R205; ENGINES 2.1). They are ended, never deleted."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.ci.model import (
    ConfigurationItem,
    MinUpKind,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
)
from domain.ci.relations import PERSON_CONFIDENCE, RelationType, containment_cycle
from domain.ci.rules import GroupFacts, RelationFacts, current, redundancy_issues, stated_relation_issues
from domain.kernel.absent import apply_facts
from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import instant_issues, missing_issues, repeat_issues
from domain.kernel.errors import InvalidTransition, Issue
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, references


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRelation:
    """`source_id` TYPE `target_id`, with what else is said of it; valid from now unless it began earlier."""

    source_id: str
    target_id: str
    type: RelationType
    facts: RelationFacts = field(default_factory=RelationFacts)
    valid_from: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineGroup:
    """A new redundancy group with its members and what they protect."""

    facts: GroupFacts
    member_ids: tuple[str, ...]
    protected_ids: tuple[str, ...] = ()


async def add_relation(ports: Ports, actor: Actor, command: AddRelation) -> str:
    """State a relation between two configuration items (`relationAdd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        relation = Relation(
            id=work.new_id(),
            external_id=None,
            source_id=command.source_id,
            target_id=command.target_id,
            type=command.type,
            valid_from=command.valid_from or work.now,
        )
        apply_facts(relation, command.facts)
        await check(
            work,
            [*stated_relation_issues(relation), *instant_issues("valid_from", relation.valid_from, not_after=work.now)],
            Reference("source_id", ConfigurationItem, relation.source_id),
            Reference("target_id", ConfigurationItem, relation.target_id),
        )
        await check(work, await _conflicting_issues(work, relation))
        await check_free(work, "relation", relation, "external_id")
        work.add(relation)
        work.record("relation.added", relation)
    return relation.id


async def update_relation(
    ports: Ports, actor: Actor, relation_id: str, expected_version: int, facts: RelationFacts
) -> str:
    """Change degree, confidence or provider side of a relation (`relationUpdate`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        relation = await _open_relation(work, relation_id, expected_version, "UPDATE")
        apply_facts(relation, facts)
        await check(work, stated_relation_issues(relation))
        await check_free(work, "relation", relation, "external_id")
        work.record("relation.updated", relation)
    return relation.id


async def confirm_relation(ports: Ports, actor: Actor, relation_id: str, expected_version: int) -> str:
    """Say that a relation is as it is stated; its confidence starts anew at 1 (`relationConfirm`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        relation = await _open_relation(work, relation_id, expected_version, "CONFIRM")
        relation.stated_confidence, relation.confirmed_at = PERSON_CONFIDENCE, work.now
        work.record("relation.confirmed", relation)
    return relation.id


async def end_relation(ports: Ports, actor: Actor, relation_id: str, expected_version: int) -> str:
    """Say that a relation holds no longer (`relationEnd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        relation = await _open_relation(work, relation_id, expected_version, "END")
        relation.valid_to = work.now
        work.record("relation.ended", relation)
    return relation.id


async def define_group(ports: Ports, actor: Actor, command: DefineGroup) -> str:
    """State that configuration items stand in for each other (`redundancyGroupDefine`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        # Nobody said how many must stay up: 0 is refused until the facts say.
        group = RedundancyGroup(id=work.new_id(), external_id=None, name="", min_up_kind=MinUpKind.COUNT, min_up=0)
        _join(work, group, command.member_ids)
        _protect(work, group, command.protected_ids)
        apply_facts(group, command.facts)
        await check(
            work,
            [
                *redundancy_issues(group, work.now),
                *repeat_issues("member_ids", command.member_ids),
                *repeat_issues("protected_ids", command.protected_ids),
            ],
            *references("member_ids", ConfigurationItem, command.member_ids),
            *references("protected_ids", ConfigurationItem, command.protected_ids),
        )
        await check_free(work, "redundancy group", group, "external_id")
        work.add(group)
        work.record("redundancy_group.defined", group)
    return group.id


async def update_group(ports: Ports, actor: Actor, group_id: str, expected_version: int, facts: GroupFacts) -> str:
    """Change what must stay up of a group, or what else is said of it (`redundancyGroupUpdate`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        group = await work.get_at(RedundancyGroup, group_id, expected_version)
        apply_facts(group, facts)
        await check(work, redundancy_issues(group, work.now))
        await check_free(work, "redundancy group", group, "external_id")
        work.record("redundancy_group.updated", group)
    return group.id


async def add_members(ports: Ports, actor: Actor, group_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Let configuration items join a group from now on (`redundancyMembersAdd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        group = await work.get_at(RedundancyGroup, group_id, expected_version)
        present = current(group.members, work.now)
        await check(
            work, repeat_issues("ci_ids", ci_ids, besides=present), *references("ci_ids", ConfigurationItem, ci_ids)
        )
        _join(work, group, ci_ids)
        work.record("redundancy_group.members_added", group)
    return group.id


async def end_members(ports: Ports, actor: Actor, group_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Let configuration items leave a group from now on; enough must stay for its rule (`redundancyMembersEnd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        group = await work.get_at(RedundancyGroup, group_id, expected_version)
        present = current(group.members, work.now)
        await check(work, missing_issues("ci_ids", ci_ids, present))
        for ci_id in ci_ids:
            present[ci_id].valid_to = work.now
        await check(work, redundancy_issues(group, work.now))
        work.record("redundancy_group.members_ended", group)
    return group.id


async def add_protected(ports: Ports, actor: Actor, group_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Let configuration items depend on the group as a whole from now on (`redundancyProtectedAdd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        group = await work.get_at(RedundancyGroup, group_id, expected_version)
        present = current(group.protected, work.now)
        await check(
            work, repeat_issues("ci_ids", ci_ids, besides=present), *references("ci_ids", ConfigurationItem, ci_ids)
        )
        _protect(work, group, ci_ids)
        work.record("redundancy_group.protected_added", group)
    return group.id


async def end_protected(ports: Ports, actor: Actor, group_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Let configuration items depend on the group no longer (`redundancyProtectedEnd`)."""
    async with act(ports, actor, Permission.WRITE_CONFIGURATION) as work:
        group = await work.get_at(RedundancyGroup, group_id, expected_version)
        present = current(group.protected, work.now)
        await check(work, missing_issues("ci_ids", ci_ids, present))
        for ci_id in ci_ids:
            present[ci_id].valid_to = work.now
        work.record("redundancy_group.protected_ended", group)
    return group.id


def _join(work: UnitOfWork, group: RedundancyGroup, ci_ids: Sequence[str]) -> None:
    group.members += [
        RedundancyMember(id=work.new_id(), group_id=group.id, ci_id=ci_id, valid_from=work.now) for ci_id in ci_ids
    ]


def _protect(work: UnitOfWork, group: RedundancyGroup, ci_ids: Sequence[str]) -> None:
    group.protected += [
        RedundancyProtected(id=work.new_id(), group_id=group.id, ci_id=ci_id, valid_from=work.now) for ci_id in ci_ids
    ]


async def _open_relation(work: UnitOfWork, relation_id: str, expected_version: int, requested: str) -> Relation:
    relation = await work.get_at(Relation, relation_id, expected_version)
    if relation.valid_to is not None:
        raise InvalidTransition("relation", "ENDED", requested, [])
    return relation


async def _conflicting_issues(work: UnitOfWork, relation: Relation) -> list[Issue]:
    """Return what the relation would break among those that hold: said twice, or something that contains itself."""
    ends = {"source_id": relation.source_id, "target_id": relation.target_id}
    if await work.find_all(Relation, type=relation.type, valid_to=None, **ends):
        return [Issue("target_id", "has this relation already")]
    if relation.type is not RelationType.CONTAINS:
        return []
    cycle = containment_cycle(await _parts_below(work, relation.target_id), relation.source_id, relation.target_id)
    return [Issue("target_id", f"would contain itself: {' > '.join(cycle)}")] if cycle else []


async def _parts_below(work: UnitOfWork, ci_id: str) -> dict[str, list[str]]:
    """Return what everything inside a configuration item contains, read level by level."""
    parts_of: dict[str, list[str]] = {}
    level = [ci_id]
    while level:
        for whole in level:
            parts_of[whole] = []
        for inner in await work.find_all(Relation, type=RelationType.CONTAINS, valid_to=None, source_id=level):
            parts_of[inner.source_id].append(inner.target_id)
        level = sorted({part for whole in level for part in parts_of[whole]} - parts_of.keys())
    return parts_of
