"""What engines say of records that the viewer may not see: counted, never told (ARCHITECTURE 9, ADR 0042).

Engines see everything, so that a score is the same for all. What they answer is looked through here before it is
shown: whoever sees every record costs no statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.lookahead import Asking, Selected
from api.types.risk_parts import Guardrail, RiskFactor, counterfactual, guardrail, risk_factor
from domain.conflict.model import ConflictCode
from domain.kernel.actor import Actor, Permission
from domain.kernel.page import Row
from domain.risk.model import EvidenceKind

NOUN_OF_EVIDENCE = {
    EvidenceKind.INCIDENT: "incident",
    EvidenceKind.PROBLEM: "problem",
    EvidenceKind.CHANGE: "change",
    EvidenceKind.PERSON: "person",
}
NOUN_OF_SUBJECT = {
    ConflictCode.ACTIVE_INCIDENT: "incident",
    ConflictCode.PERSON: "person",
    ConflictCode.APPROVER: "person",
    ConflictCode.REDUNDANCY: "redundancy_group",
}


NOBODY = ""


def sees_everything(actor: Actor) -> bool:
    """Whether no record is hidden from the actor."""
    return actor.may(Permission.READ_ALL) and actor.may(Permission.READ_RESTRICTED)


async def _seen(asking: Asking, named: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return those of the records, by noun and id, that the viewer sees: one statement per noun."""
    wanted: dict[str, set[str]] = {}
    for noun, record_id in named:
        wanted.setdefault(noun, set()).add(record_id)
    seen: set[tuple[str, str]] = set()
    for noun, ids in sorted(wanted.items()):
        seen |= {(noun, key) for key in await asking.reads.by_ids(noun, ("id",), ids)}
    return seen


async def hidden_counts(asking: Asking, rows: Sequence[Row]) -> list[int]:
    """Return for each conflict how many of the records that it names the viewer may not see."""
    if sees_everything(asking.actor):
        return [0 for _ in rows]
    named = [list(_subject(row)) for row in rows]
    if not asking.actor.may(Permission.READ_ALL):
        changes = await _changes_of(asking, rows)
        for record_ids, row in zip(named, rows, strict=True):
            record_ids += [("change", change_id) for change_id in changes[row["key"]]]
    seen = await _seen(asking, (name for names in named for name in names))
    return [sum(name not in seen for name in names) for names in named]


def _subject(row: Row) -> Iterable[tuple[str, str]]:
    noun = NOUN_OF_SUBJECT.get(ConflictCode(row["code"]))
    return () if noun is None or row["subject"] is None else ((noun, row["subject"]),)


async def _changes_of(asking: Asking, rows: Sequence[Row]) -> Mapping[str, Sequence[str]]:
    """Return the changes that take part in each conflict, by its key; those of an unsaved one stand in its row."""
    found = {row["key"]: row["change_ids"] for row in rows if "change_ids" in row}
    stored = [row["key"] for row in rows if row["key"] not in found]
    if stored:
        async with asking.reads.snapshot() as snapshot:
            records = await snapshot.conflicts_by_key(stored)
        found |= {record.conflict.key: record.conflict.change_ids for record in records}
    # Of a resolved conflict nobody knows any more who took part: it counts as one record that is not seen.
    return {row["key"]: found.get(row["key"], (NOBODY,)) for row in rows}


@dataclass(frozen=True, slots=True)
class HiddenInConflict:
    """How many records a conflict names that the viewer may not see."""

    columns: tuple[str, ...] = ("key", "code", "subject")

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return one number per conflict."""
        return await hidden_counts(asking, parents)


@dataclass(frozen=True, slots=True)
class ConflictMessage:
    """What a conflict is in a sentence, without what the viewer may not see."""

    columns: tuple[str, ...] = ("key", "code", "subject", "message")

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return one sentence per conflict."""
        hidden = await hidden_counts(asking, parents)
        return [
            row["message"] if not number else _redacted(number) for row, number in zip(parents, hidden, strict=True)
        ]


def _redacted(number: int) -> str:
    return f"It is about {number} {'record' if number == 1 else 'records'} that you may not view."


@dataclass(frozen=True, slots=True)
class Factors:
    """The lines of the sum: evidence that the viewer may not see is counted in its line."""

    columns: tuple[str, ...] = ("result",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return the lines of each assessment."""
        lines = [row["result"]["factors"] for row in parents]
        if sees_everything(asking.actor):
            return [[risk_factor(line) for line in of_one] for of_one in lines]
        evidence = [item for of_one in lines for line in of_one for item in line["evidence"]]
        seen = await _seen(asking, (name for item in evidence for name in _record_of(item)))
        return [[self._shown(asking.actor, line, seen) for line in of_one] for of_one in lines]

    def _shown(self, actor: Actor, line: Mapping[str, Any], seen: set[tuple[str, str]]) -> RiskFactor:
        shown = [item for item in line["evidence"] if _is_shown(actor, item, seen)]
        return risk_factor({**line, "evidence": shown}, hidden=len(line["evidence"]) - len(shown))


def _record_of(item: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    noun = NOUN_OF_EVIDENCE.get(EvidenceKind(item["kind"]))
    return () if noun is None else ((noun, item["id"]),)


def _is_shown(actor: Actor, item: Mapping[str, Any], seen: set[tuple[str, str]]) -> bool:
    """Whether evidence is shown: the words of a conflict may name any change."""
    if EvidenceKind(item["kind"]) is EvidenceKind.CONFLICT:
        return actor.may(Permission.READ_ALL)
    return all(name in seen for name in _record_of(item))


@dataclass(frozen=True, slots=True)
class Guardrails:
    """Rules that held; what fired them is told to staff alone, since it may name any change."""

    columns: tuple[str, ...] = ("result",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return the rules of each assessment."""
        found = [[guardrail(rule) for rule in row["result"]["guardrails"]] for row in parents]
        if asking.actor.may(Permission.READ_ALL):
            return found
        return [[Guardrail(code=rule.code, reason=rule.reason.partition(":")[0]) for rule in rules] for rules in found]


@dataclass(frozen=True, slots=True)
class Counterfactuals:
    """What would lower the risk; which problem or change it is about is told to staff alone."""

    columns: tuple[str, ...] = ("result",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:  # noqa: ARG002
        """Return the proposals for each assessment."""
        found = [[counterfactual(stored) for stored in row["result"]["counterfactuals"]] for row in parents]
        if not asking.actor.may(Permission.READ_ALL):
            for action in (action for of_one in found for proposal in of_one for action in proposal.actions):
                action.code, _, reference = action.code.partition(":")
                action.label = action.label.replace(reference, "it") if reference else action.label
        return found


@dataclass(frozen=True, slots=True)
class Comparables:
    """Past changes like this one, those that the viewer may see."""

    columns: tuple[str, ...] = ("result",)

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the changes for each assessment."""
        found: list[list[Row]] = [list(row["result"]["comparables"]) for row in parents]
        if not asking.actor.may(Permission.READ_ALL):
            seen = await _seen(asking, (("change", past["change_id"]) for of_one in found for past in of_one))
            found = [[past for past in of_one if ("change", past["change_id"]) in seen] for of_one in found]
        plan = asking.plan(selected.type, selected.nodes)
        built = iter(await plan.build(asking, [past for of_one in found for past in of_one]))
        return [[next(built) for _ in of_one] for of_one in found]
