"""Recomputing stored assessments: from their stored inputs, and those inputs from the record as it was known.

Every number must come out to the last bit. Evidence, ways to services and sentences are no inputs of the score.
"""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from domain.change.model import Change
from domain.conflict.acceptance import ConflictRecord, ConflictStatus, reconcile
from domain.kernel.errors import NotFound
from domain.kernel.image import as_json
from domain.kernel.time import from_seconds
from domain.ports import Ports, StoredAssessment
from domain.risk.params import RiskParams
from domain.risk.score import measure, replay
from domain.usecases.assessment import Session, walk
from domain.usecases.policies import risk_params
from domain.usecases.risk_facts import gather
from domain.usecases.surroundings import Surroundings

BESIDE_THE_NUMBERS = frozenset({
    "evidence", "witness", "kind", "redundancy_before", "redundancy_after",
    "reason", "muted_reason", "label", "unit", "counterfactuals", "comparables", "inputs",
})  # fmt: skip
"""Parts of an answer that are no numbers computed from the stored inputs."""

A_SECOND = timedelta(seconds=1)


class History(Protocol):
    """What was known, and what was decided, at any position of the log."""

    async def at(self, position: int, instant: datetime) -> Ports:
        """Return the ports over the record at a position, with a clock that stands at the instant.

        They are good until the next position is asked for.
        """

    async def assessments(self, change_ids: Collection[str] | None) -> list[list[str]]:
        """Return the ids of stored assessments (of these changes, or of all), those made in one look together.

        A look is one reading of the record, at one position and instant; the earliest position comes first.
        """

    async def load(self, assessment_ids: Collection[str]) -> list[StoredAssessment]:
        """Return stored assessments by id."""

    async def standing_conflicts(self, position: int) -> dict[str, ConflictRecord]:
        """Return the conflicts that were stored and not resolved at a position, by key."""

    async def decided_conflicts(self, looked_at: int, before: int) -> list[tuple[int, ConflictRecord]]:
        """Return the conflicts that looks at position `looked_at` stored before another, each with its own."""

    async def ends_of_acts(self, after: int, before: int, until: datetime) -> list[int]:
        """Return the last positions of the acts between two positions that began before an instant, in order."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is stored otherwise than it comes out now; `path` leads to it."""

    path: str
    stored: Any
    recomputed: Any


@dataclass(frozen=True, slots=True)
class Replayed:
    """A stored assessment and where it does not come out as stored: no differences, no doubt."""

    assessment: StoredAssessment
    differences: tuple[Difference, ...]


async def replayed(
    ports: Ports, history: History, change_ids: Collection[str] | None, *, deep: bool
) -> AsyncIterator[Replayed]:
    """Yield every stored assessment of these changes (None: of all) recomputed, by position of the log.

    `deep` rebuilds the inputs too, from the record and the conflicts at the position the assessment names.
    """
    params = _ParamsByVersion(ports)
    for look in await history.assessments(change_ids):
        stored = await history.load(look)
        rebuilt = await _rebuilt(history, stored) if deep else {}
        for assessment in stored:
            shallow = await _score_differences(assessment, params)
            yield Replayed(assessment, (*shallow, *rebuilt.get(assessment.id, ())))


class _ParamsByVersion:
    """The versions of the risk parameters, each read once."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._known: dict[str, RiskParams] = {}

    async def get(self, version: str) -> RiskParams:
        if version not in self._known:
            async with self._ports.snapshot() as snapshot:
                self._known[version] = await risk_params(snapshot, version)
        return self._known[version]


async def _score_differences(assessment: StoredAssessment, params: _ParamsByVersion) -> tuple[Difference, ...]:
    row = assessment.row
    try:
        again = as_json(replay(json.dumps(row.inputs), await params.get(row.inputs["params_version"])))
    except NotFound as missing:
        return (Difference("params_version", row.params_version, missing.message),)
    numbers = _numbers(again)
    headline = {name: numbers[name] for name in sorted(numbers.keys() & set(row.__slots__))}
    stored_headline = {name: getattr(row, name) for name in headline}
    return (*_differences("", stored_headline, headline), *_differences("result", row.result, numbers))


async def _rebuilt(history: History, stored: Sequence[StoredAssessment]) -> dict[str, tuple[Difference, ...]]:
    """Return where the inputs of the assessments of one look differ from what the log gives.

    A look may have seen acts that had no position yet: where its own position does not give the stored inputs, the
    acts that follow are taken in one by one. What is told is how far off its own position is.
    """
    told: dict[str, tuple[Difference, ...]] = {a.id: (Difference("log", a.id, None),) for a in stored}
    waiting = {assessment.id: assessment for assessment in stored if assessment.logged_at is not None}
    if not waiting:
        return told
    first = next(iter(waiting.values())).row
    before = min(assessment.logged_at or 0 for assessment in waiting.values())
    later = await history.ends_of_acts(first.position, before, from_seconds(first.as_of) + A_SECOND)
    for position in (first.position, *later):
        found = await _inputs_at(history, position, list(waiting.values()))
        for assessment_id, inputs in found.items():
            differences = tuple(_differences("inputs", waiting[assessment_id].row.inputs, _stripped(inputs)))
            if position == first.position or not differences:
                told[assessment_id] = differences
            if not differences:
                del waiting[assessment_id]
        if not waiting:
            break
    return told


async def _inputs_at(
    history: History, position: int, stored: Sequence[StoredAssessment]
) -> dict[str, dict[str, Any] | None]:
    """Return what is measured of the changes in the record at a position, as the inputs of their assessments.

    None for a change that was not known there.
    """
    ports = await history.at(position, from_seconds(stored[0].row.as_of))
    conflicts = _Conflicts(
        standing=await history.standing_conflicts(position),
        decided=await history.decided_conflicts(stored[0].row.position, max(a.logged_at or 0 for a in stored)),
    )
    found: dict[str, dict[str, Any] | None] = {}
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        around = session.around
        change_ids = sorted({assessment.row.change_id for assessment in stored})
        walks = {change.id: await walk(session, change) for change in await snapshot.find_all(Change, id=change_ids)}
        for assessment in stored:
            own = walks.get(assessment.row.change_id)
            if own is None:
                found[assessment.id] = None
                continue
            seen = conflicts.seen_by(assessment)
            facts = gather(
                around, own.change, own.estate, own.lasting, conflicts=seen, position=assessment.row.position
            )
            found[assessment.id] = json.loads(measure(facts, around.rates, around.params).inputs.to_json())
    return found


@dataclass(frozen=True, slots=True)
class _Conflicts:
    """The conflicts that stood when a look was taken, and those it stored, each with its position in the log."""

    standing: Mapping[str, ConflictRecord]
    decided: Sequence[tuple[int, ConflictRecord]]

    def seen_by(self, assessment: StoredAssessment) -> list[ConflictRecord]:
        """Return the conflicts an assessment was made with: those that stood, settled by what its look decided."""
        row = assessment.row
        seen = dict(self.standing)
        for logged_at, decided in self.decided:
            if logged_at > (assessment.logged_at or 0):
                break
            key = decided.conflict.key
            found = None if decided.status is ConflictStatus.RESOLVED else decided.conflict
            after = reconcile(self.standing.get(key), found, row.position)
            if after is None or found is None:
                seen.pop(key, None)
            else:
                seen[key] = after
        return [record for _, record in sorted(seen.items()) if row.change_id in record.conflict.change_ids]


def _numbers(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer without what is no number computed from its inputs, at any depth."""
    return {name: _stripped(value) for name, value in answer.items() if name not in BESIDE_THE_NUMBERS}


def _stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return _numbers(value)
    return [_stripped(item) for item in value] if isinstance(value, list) else value


def _differences(path: str, stored: Any, recomputed: Any) -> Iterator[Difference]:
    """Yield where the stored value is another; what is stored beside the recomputed is left alone."""
    if isinstance(recomputed, dict) and isinstance(stored, dict):
        for name, value in sorted(recomputed.items()):
            yield from _differences(f"{path}.{name}" if path else name, stored.get(name), value)
    elif isinstance(recomputed, list) and isinstance(stored, list) and len(stored) == len(recomputed):
        for place, (was, value) in enumerate(zip(stored, recomputed, strict=True)):
            yield from _differences(f"{path}.{place}", was, value)
    elif stored != recomputed:
        yield Difference(path, stored, recomputed)
