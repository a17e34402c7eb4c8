"""Importing relations: known by their external id, or else by source, target and type; seen again, confirmed."""

from collections.abc import Iterator, Sequence
from typing import Any

from domain.ci.model import ConfigurationItem, Relation
from domain.ci.relations import RelationType, containment_cycle
from domain.ci.rules import stated_relation_issues
from domain.kernel.errors import Issue
from domain.kernel.image import image
from domain.ports import UnitOfWork
from domain.usecases.importing_drafts import Draft, Outcome, Rejected, Saved
from domain.usecases.importing_words import Words

ENDS = ("source_id", "target_id")
FACTS = (
    "external_id",
    "alpha",
    "provider_side",
    "source",
    "stated_confidence",
    "confirmed_at",
    "valid_from",
    "valid_to",
)


class _Chunk:
    """The relations of a chunk by what they are known by, and what contains what around them."""

    def __init__(self, parts_of: dict[str, set[str]]) -> None:
        self.parts_of = parts_of
        self._by_external_id: dict[str, Relation] = {}
        self._by_ends: dict[tuple[str, str, str], Relation] = {}

    def take(self, relation: Relation) -> None:
        if relation.external_id is not None:
            self._by_external_id[relation.external_id] = relation
        if relation.valid_to is None:
            self._by_ends[relation.source_id, relation.target_id, relation.type] = relation
            if relation.type is RelationType.CONTAINS:
                self.parts_of.setdefault(relation.source_id, set()).add(relation.target_id)

    def meant(self, values: dict[str, Any]) -> Relation | None:
        by_id = self._by_external_id.get(values.get("external_id") or "")
        return by_id or self._by_ends.get((values["source_id"], values["target_id"], values["type"]))


async def load_relations(work: UnitOfWork, drafts: Sequence[Draft], words: Words) -> list[Outcome]:
    """Write drafts of relations into the act and return what became of each, in their order."""
    await words.learn(work, _wanted(drafts))
    resolved = [_resolved(draft, words) for draft in drafts]
    chunk = await _chunk(work, [values for values, _ in resolved])
    return [_load(work, values, issues, chunk) for values, issues in resolved]


def _load(work: UnitOfWork, values: dict[str, Any], issues: list[Issue], chunk: _Chunk) -> Outcome:
    if issues:
        return Rejected(tuple(issues))
    relation = chunk.meant(values)
    if relation is None:
        return _create(work, values, chunk)
    if (relation.source_id, relation.target_id, relation.type) != tuple(values[name] for name in (*ENDS, "type")):
        return Rejected((Issue("external_id", "is that of a relation between others: end it, and state a new one"),))
    return _update(work, relation, values, chunk)


def _create(work: UnitOfWork, values: dict[str, Any], chunk: _Chunk) -> Outcome:
    relation = Relation(
        id=work.new_id(),
        external_id=None,
        source_id=values["source_id"],
        target_id=values["target_id"],
        type=values["type"],
        source="import",
        confirmed_at=work.now,
        valid_from=work.now,
    )
    issues = _stated(relation, values) or _containment_issues(relation, chunk)
    if issues:
        return Rejected(tuple(issues))
    work.add(relation)
    work.record("relation.imported", relation)
    chunk.take(relation)
    return Saved.CREATED


def _update(work: UnitOfWork, relation: Relation, values: dict[str, Any], chunk: _Chunk) -> Outcome:
    former = image(relation)
    before = {name: getattr(relation, name) for name in FACTS}
    issues = _stated(relation, values)
    if issues:
        for name, value in before.items():
            setattr(relation, name, value)
        return Rejected(tuple(issues))
    is_changed = image(relation) != former
    if "confirmed_at" not in values:
        relation.confirmed_at = work.now
    if is_changed or "confirmed_at" not in values:
        work.record(f"relation.{'imported' if is_changed else 'confirmed'}", relation)
    chunk.take(relation)
    return Saved.UPDATED if is_changed else Saved.UNCHANGED


def _stated(relation: Relation, values: dict[str, Any]) -> list[Issue]:
    for name in FACTS:
        if name in values:
            setattr(relation, name, values[name])
    issues = stated_relation_issues(relation)
    if relation.valid_to is not None and relation.valid_to <= relation.valid_from:
        issues.append(Issue("valid_to", "must be after valid_from"))
    return issues


def _containment_issues(relation: Relation, chunk: _Chunk) -> list[Issue]:
    if relation.type is not RelationType.CONTAINS or relation.valid_to is not None:
        return []
    cycle = containment_cycle(chunk.parts_of, relation.source_id, relation.target_id)
    return [Issue("target_id", f"would contain itself: {' > '.join(cycle)}")] if cycle else []


def _wanted(drafts: Sequence[Draft]) -> Iterator[tuple[type[Any], str]]:
    for draft in drafts:
        for name in ENDS:
            if draft.values.get(name):
                yield ConfigurationItem, draft.values[name]


def _resolved(draft: Draft, words: Words) -> tuple[dict[str, Any], list[Issue]]:
    values, issues = dict(draft.values), list(draft.faults)
    if issues and not values:
        return values, issues
    issues += [Issue(name, "is required") for name in (*ENDS, "type") if not values.get(name)]
    for name in ENDS:
        if values.get(name):
            values[name], faults = words.meaning(ConfigurationItem, values[name], name)
            issues += faults
    return values, issues


async def _chunk(work: UnitOfWork, said: Sequence[dict[str, Any]]) -> _Chunk:
    """Read the relations that may be meant: those with the external ids, and those between the ends that are said."""
    contained = {values["target_id"] for values in said if values.get("type") is RelationType.CONTAINS}
    chunk = _Chunk(await _parts_below(work, {ci_id for ci_id in contained if ci_id}))
    sources, targets = ([*{values.get(end) for values in said if values.get(end)}] for end in ENDS)
    if sources and targets:
        for relation in await work.find_all(Relation, source_id=sorted(sources), target_id=sorted(targets)):
            if relation.valid_to is None:
                chunk.take(relation)
    external_ids = sorted({values["external_id"] for values in said if values.get("external_id")})
    for relation in await work.find_all(Relation, external_id=external_ids) if external_ids else []:
        chunk.take(relation)
    return chunk


async def _parts_below(work: UnitOfWork, ci_ids: set[str]) -> dict[str, set[str]]:
    """Return what is stored to be contained in the items, at any depth."""
    parts_of: dict[str, set[str]] = {}
    level = set(ci_ids)
    while level:
        found = await work.find_all(Relation, source_id=sorted(level), type=RelationType.CONTAINS, valid_to=None)
        for relation in found:
            parts_of.setdefault(relation.source_id, set()).add(relation.target_id)
        level = {relation.target_id for relation in found} - parts_of.keys() - level
    return parts_of
