"""Canonical impact edges and groups, derived from what is stored (ENGINES 2.1).

The store and the graph projection both call this: nobody else decides which way a relation points.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from domain.ci.model import MinUpKind, ProviderSide, RedundancyGroup, Relation
from domain.ci.relations import (
    ASSUMED_MIN_UP_CONFIDENCE,
    RELATION_RULES,
    ImpactFlow,
    RelationKind,
    RelationType,
    relation_confidence,
)
from domain.ci.topology import ImpactEdge, ImpactGroup, Topology, resolved_min_up

CLUSTER_GROUP_PREFIX = "cluster:"


@dataclass(frozen=True, slots=True)
class DerivedImpacts:
    """What a set of relations and groups means for impact, sorted by id.

    `covered` maps the id of a relation that yields no edge, or one edge fewer, to the group that speaks for it.
    """

    edges: tuple[ImpactEdge, ...]
    groups: tuple[ImpactGroup, ...]
    covered: Mapping[str, str]

    def topology(self) -> Topology:
        """Return the indexed form, ready for the sweeps."""
        return Topology(self.edges, self.groups)


class StatedFlow(NamedTuple):
    """What a relation says of failures: which way they travel, how much is noticed, whether one takes down alone."""

    way: ImpactFlow
    alpha: float
    is_hard: bool

    def ends(self, source: str, target: str) -> tuple[tuple[str, str], ...]:
        """Return provider and dependent of each edge between these two."""
        match self.way:
            case ImpactFlow.TO_SOURCE:
                return ((target, source),)
            case ImpactFlow.TO_TARGET:
                return ((source, target),)
            case _:
                return ((source, target), (target, source))


@lru_cache(maxsize=4096, typed=True)
def stated_flow(type_: RelationType, alpha: float | None, provider_side: ProviderSide | None) -> StatedFlow | None:
    """Return what a relation says of failures; None where it says nothing: no impact, an alpha of 0, or a group."""
    rule = RELATION_RULES[type_]
    alpha = rule.alpha if alpha is None else alpha
    if rule.kind is RelationKind.GROUP or rule.flow is ImpactFlow.NONE or alpha == 0.0:
        return None
    if rule.flow is not ImpactFlow.BOTH or provider_side is None:
        return StatedFlow(rule.flow, alpha, rule.kind.is_hard)
    way = ImpactFlow.TO_TARGET if provider_side is ProviderSide.SOURCE else ImpactFlow.TO_SOURCE
    return StatedFlow(way, alpha, is_hard=True)


def derive_impacts(relations: Iterable[Relation], groups: Iterable[RedundancyGroup], as_of: datetime) -> DerivedImpacts:
    """Return the impact edges and groups that hold at `as_of`.

    Groups must come with all their memberships, and clusters with all their MEMBER_OF relations.
    """
    valid = [relation for relation in relations if _holds(relation.valid_from, relation.valid_to, as_of)]
    impact_groups = derive_groups(valid, groups, as_of)
    coverage = coverage_of(impact_groups)
    edges: list[ImpactEdge] = []
    covered: dict[str, str] = {}
    for relation in valid:
        for edge in _stated_edges(relation, as_of):
            group_id = coverage.get((edge.provider, edge.dependent))
            if group_id is None:
                edges.append(edge)
            else:
                covered[relation.id] = min(group_id, covered.get(relation.id, group_id))
    edges.sort(key=lambda edge: (edge.provider, edge.dependent, edge.relation_id))
    return DerivedImpacts(tuple(edges), impact_groups, covered)


def coverage_of(groups: Iterable[ImpactGroup]) -> dict[tuple[str, str], str]:
    """Return which (provider, dependent) edges a group covers: those from its members to what it protects.

    Imports bring both the group and the direct relations; without this rule redundancy would never count. Of several
    groups the smallest id speaks.
    """
    coverage: dict[tuple[str, str], str] = {}
    for group in sorted(groups, key=lambda group: group.id):
        for member in group.members:
            for protected in group.protected:
                coverage.setdefault((member, protected), group.id)
    return coverage


def impact_edges(
    relation: Relation, coverage: Mapping[tuple[str, str], str], as_of: datetime
) -> tuple[ImpactEdge, ...]:
    """Return the edges one stored relation yields at `as_of` beside what groups cover: none, one or two."""
    if not _holds(relation.valid_from, relation.valid_to, as_of):
        return ()
    stated = _stated_edges(relation, as_of)
    if not coverage:
        return stated
    return tuple(edge for edge in stated if (edge.provider, edge.dependent) not in coverage)


def derive_groups(
    relations: Iterable[Relation], groups: Iterable[RedundancyGroup], as_of: datetime
) -> tuple[ImpactGroup, ...]:
    """Return the k-of-n groups that hold at `as_of`: the stored ones, and one per cluster that has MEMBER_OF alone.

    A stored group that protects a cluster speaks for it: members the cluster has by MEMBER_OF join it (of several such
    groups, those nobody names join the one with the smallest id). A cluster without one needs 1 member up, assumed.
    """
    stored = sorted(groups, key=lambda group: group.id)
    speakers_for: dict[str, list[RedundancyGroup]] = {}
    for record in stored:
        if _members(record, as_of):
            for protected in _protected(record, as_of):
                speakers_for.setdefault(protected, []).append(record)
    joining: dict[str, dict[str, float]] = {}
    assumed: dict[str, dict[str, float]] = {}
    for cluster, members in _cluster_members(relations, as_of).items():
        speakers = speakers_for.get(cluster)
        if speakers is None:
            assumed[cluster] = members
            continue
        named = {member for group in speakers for member in _members(group, as_of)}
        joined = joining.setdefault(speakers[0].id, {})
        for member in members.keys() - named:
            joined[member] = max(members[member], joined.get(member, members[member]))
    derived = [group for record in stored if (group := _impact_group(record, joining.get(record.id, {}), as_of))]
    derived += [_assumed_cluster(cluster, members) for cluster, members in assumed.items()]
    return tuple(sorted(derived, key=lambda group: group.id))


def _impact_group(record: RedundancyGroup, joining: Mapping[str, float], as_of: datetime) -> ImpactGroup | None:
    members, protected = _members(record, as_of) | joining.keys(), _protected(record, as_of)
    if not members or not protected:
        return None
    is_percent = record.min_up_kind is MinUpKind.PERCENT
    stated = ASSUMED_MIN_UP_CONFIDENCE if record.is_assumed else None
    own_confidence = relation_confidence(stated, record.source, record.confirmed_at, as_of)
    return ImpactGroup(
        id=record.id,
        members=tuple(sorted(members)),
        protected=tuple(sorted(protected)),
        alpha=record.alpha,
        min_up=resolved_min_up(record.min_up, is_percent, len(members)),
        confidence=min(own_confidence, *joining.values()) if joining else own_confidence,
        is_assumed=record.is_assumed,
        is_short=not is_percent and record.min_up > len(members),
    )


def _assumed_cluster(cluster: str, members: Mapping[str, float]) -> ImpactGroup:
    return ImpactGroup(
        id=CLUSTER_GROUP_PREFIX + cluster,
        members=tuple(sorted(members)),
        protected=(cluster,),
        alpha=RELATION_RULES[RelationType.MEMBER_OF].alpha,
        min_up=1,
        confidence=min(ASSUMED_MIN_UP_CONFIDENCE, *members.values()),
        is_assumed=True,
    )


def _cluster_members(relations: Iterable[Relation], as_of: datetime) -> dict[str, dict[str, float]]:
    """Return per cluster its members by MEMBER_OF with the best confidence any relation gives the membership."""
    clusters: dict[str, dict[str, float]] = {}
    for relation in relations:
        is_member = RELATION_RULES[relation.type].kind is RelationKind.GROUP
        if is_member and _holds(relation.valid_from, relation.valid_to, as_of):
            members = clusters.setdefault(relation.target_id, {})
            confidence = _confidence(relation, as_of)
            members[relation.source_id] = max(confidence, members.get(relation.source_id, confidence))
    return clusters


def _stated_edges(relation: Relation, as_of: datetime) -> tuple[ImpactEdge, ...]:
    """Return the edges a relation would yield if no group covered them."""
    flow = stated_flow(relation.type, relation.alpha, relation.provider_side)
    if flow is None:
        return ()
    confidence = _confidence(relation, as_of)
    return tuple(
        ImpactEdge(provider, dependent, flow.alpha, flow.is_hard, confidence, relation.id)
        for provider, dependent in flow.ends(relation.source_id, relation.target_id)
    )


def _confidence(relation: Relation, as_of: datetime) -> float:
    confirmed_at = relation.confirmed_at or relation.valid_from
    return relation_confidence(relation.stated_confidence, relation.source, confirmed_at, as_of)


def _holds(valid_from: datetime, valid_to: datetime | None, as_of: datetime) -> bool:
    return valid_from <= as_of and (valid_to is None or as_of < valid_to)


def _members(group: RedundancyGroup, as_of: datetime) -> set[str]:
    return {member.ci_id for member in group.members if _holds(member.valid_from, member.valid_to, as_of)}


def _protected(group: RedundancyGroup, as_of: datetime) -> set[str]:
    return {target.ci_id for target in group.protected if _holds(target.valid_from, target.valid_to, as_of)}
