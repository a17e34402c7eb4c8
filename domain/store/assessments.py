"""What the engines found, written inside a unit of work: footprints, conflicts and risk assessments.

These rows are derived, so they are replaced as a whole; conflicts and assessments are also subjects of the log, since
an auditor asks what the board saw on the day it decided.
"""

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.conflict.footprint import Effect
from domain.conflict.instants import InstantFinding
from domain.conflict.model import Conflict
from domain.kernel.errors import NotFound, Overtaken
from domain.kernel.ids import Ids
from domain.kernel.image import as_json
from domain.kernel.intervals import Interval, normalise
from domain.kernel.time import from_seconds
from domain.ports import FootprintRow, RiskRow
from domain.store import tables as t
from domain.store.counters import TURNS, raise_counter
from domain.store.finding_rows import conflict_record
from domain.store.json_rows import any_of
from domain.store.loading import chunks

_conflict, _finding, _risk = t.assessments.conflict, t.assessments.conflict_finding, t.assessments.risk_assessment
_participant, _timer = t.assessments.conflict_change, t.log.timer
_footprint, _footprint_ci, _change = t.assessments.footprint, t.assessments.footprint_ci, t.changes.change
_footprint_group = t.assessments.footprint_group

Append = Callable[[str, str, str, int, dict[str, Any]], None]


class SqlAssessments:
    """The port `Assessments` inside the session of one unit of work."""

    def __init__(self, session: AsyncSession, ids: Ids, append: Append) -> None:
        self._session, self._ids, self._append = session, ids, append
        self._turn = 0

    async def take_turn(
        self, since: int, own: Collection[str], near: Collection[str], reaches: Sequence[Interval]
    ) -> None:
        """Let nobody else store assessments until this act ends, and raise `Overtaken` if somebody has meanwhile.

        That is, since the turn `since`, of changes in `near`, or of others that meet one of the spans `reaches`.
        """
        self._turn = await raise_counter(await self._session.connection(), TURNS)
        if self._turn == since + 1:
            return
        stored = _footprint.c
        for start, end in set(reaches):
            met = (stored.start <= from_seconds(end)) & (stored.end >= from_seconds(start))
            if await self._is_any(met & (stored.turn > since) & stored.change_id.not_in(own)):
                raise Overtaken
        for chunk in chunks(set(near) - set(own)):
            kept = sa.select(sa.func.count()).where(stored.change_id.in_(chunk), stored.turn <= since)
            if await self._session.scalar(kept) != len(chunk):
                raise Overtaken

    async def _is_any(self, condition: sa.ColumnElement[bool]) -> bool:
        return await self._session.scalar(sa.select(_footprint.c.change_id).where(condition).limit(1)) is not None

    async def replace_footprints(self, rows: Sequence[FootprintRow]) -> None:
        """Store the conflict facts of these changes in place of what was there; a row without facts only removes."""
        for table in (_footprint_ci, _footprint_group, _footprint):
            for chunk in chunks([row.change_id for row in rows]):
                await self._session.execute(sa.delete(table).where(table.c.change_id.in_(chunk)))
        kept = [row for row in rows if row.facts is not None]
        if not kept:
            return
        await self._session.execute(
            sa.insert(_footprint),
            [
                {
                    "change_id": row.change_id,
                    "start": row.reach and from_seconds(row.reach[0]),
                    "end": row.reach and from_seconds(row.reach[1]),
                    "facts": row.facts,
                    "position": row.position,
                    "turn": self._turn,
                }
                for row in kept
            ],
        )
        effects = [_effect_row(row, ci_id, effect) for row in kept for ci_id, effect in sorted(row.effects.items())]
        if effects:
            await self._session.execute(sa.insert(_footprint_ci), effects)
        groups = [{"change_id": row.change_id, "group_id": key} for row in kept for key in sorted(row.group_ids)]
        if groups:
            await self._session.execute(sa.insert(_footprint_group), groups)

    async def versions(self, change_ids: Collection[str]) -> dict[str, int]:
        """Return the present versions of changes."""
        found: dict[str, int] = {}
        for chunk in chunks(change_ids):
            rows = await self._session.execute(
                sa.select(_change.c.id, _change.c.version).where(_change.c.id.in_(chunk))
            )
            found |= {row.id: row.version for row in rows}
        return found

    async def replace_findings(self, spans: Sequence[Interval], findings: Sequence[InstantFinding]) -> None:
        """Store the findings in place of those at instants of the closed spans."""
        for start, end in normalise(spans):
            within = _finding.c.instant.between(from_seconds(start), from_seconds(end))
            await self._session.execute(sa.delete(_finding).where(within))
        rows = [
            {
                "id": self._ids(),
                "instant": from_seconds(finding.instant),
                "until": from_seconds(finding.until),
                "code": finding.code.value,
                "subject": finding.subject,
                "change_ids": list(finding.change_ids),
                "record": record_hash(finding),
            }
            for finding in findings
        ]
        if rows:
            await self._session.execute(sa.insert(_finding), rows)

    async def conflict(self, conflict_id: str) -> tuple[ConflictRecord, int]:
        """Return a stored conflict and its version; `NotFound` when there is none."""
        found = sa.select(_conflict).where(_conflict.c.id == conflict_id).with_for_update()
        row = (await self._session.execute(found)).one_or_none()
        if row is None:
            raise NotFound("conflict", conflict_id)
        taking_part = sa.select(_participant.c.change_id).where(_participant.c.conflict_id == conflict_id)
        change_ids = await self._session.scalars(taking_part.order_by(_participant.c.change_id))
        return conflict_record(row, list(change_ids)), row.version

    async def conflicts(self, keys: Collection[str]) -> dict[str, ConflictRecord]:
        """Return the stored conflicts with these keys as they stand inside this act, by key."""
        rows: dict[str, Any] = {}
        members: dict[str, list[str]] = {}
        for chunk in chunks(keys):
            found = sa.select(_conflict).where(_conflict.c.key.in_(chunk)).with_for_update()
            rows |= {row.id: row for row in await self._session.execute(found)}
        for chunk in chunks(rows):
            taking_part = sa.select(_participant).where(_participant.c.conflict_id.in_(chunk))
            for row in await self._session.execute(taking_part.order_by(_participant.c.change_id)):
                members.setdefault(row.conflict_id, []).append(row.change_id)
        return {row.key: conflict_record(row, members[row_id]) for row_id, row in rows.items()}

    async def save_conflicts(self, records: Sequence[ConflictRecord], rescored: Collection[str] = ()) -> None:
        """Insert or update conflicts by key, each with an event saying what became of it."""
        stored: dict[str, Any] = {}
        for chunk in chunks([record.conflict.key for record in records]):
            rows = await self._session.execute(
                sa.select(_conflict.c.key, _conflict.c.id, _conflict.c.status, _conflict.c.version).where(
                    _conflict.c.key.in_(chunk)
                )
            )
            stored |= {row.key: row for row in rows}
        added: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for record in records:
            row = self._saved(record, stored.get(record.conflict.key), sorted(rescored))
            (changed if record.conflict.key in stored else added).append(row)
        await self._write_conflicts(added, changed, {record.conflict.key: record.conflict for record in records})

    def _saved(self, record: ConflictRecord, stored: Any | None, rescored: list[str]) -> dict[str, Any]:
        """Return the row of a conflict, once the event that says what became of it is appended."""
        version = 1 if stored is None else stored.version + 1
        conflict_id = self._ids() if stored is None else stored.id
        image = as_json(record)
        body = image.pop("conflict") | image | {"id": conflict_id, "key": record.conflict.key, "rescored": rescored}
        self._append(_conflict_event(record, stored), "conflict", conflict_id, version, body)
        return _conflict_values(record) | {"id": conflict_id, "version": version}

    async def _write_conflicts(
        self, added: Sequence[dict[str, Any]], changed: Sequence[dict[str, Any]], by_key: Mapping[str, Conflict]
    ) -> None:
        if added:
            await self._session.execute(sa.insert(_conflict), added)
            participants = [
                {"conflict_id": row["id"], "change_id": change_id}
                for row in added
                for change_id in by_key[row["key"]].change_ids
            ]
            await self._session.execute(sa.insert(_participant), participants)
        if changed:
            same = sa.update(_conflict).where(_conflict.c.id == sa.bindparam("same_id"))
            names = [name for name in changed[0] if name != "id"]
            await (await self._session.connection()).execute(
                same.values({name: sa.bindparam(f"new_{name}") for name in names}),
                [{"same_id": row["id"]} | {f"new_{name}": row[name] for name in names} for row in changed],
            )

    async def set_timers(self, kind: str, due: Mapping[str, datetime]) -> None:
        """Set the one waiting timer of this kind for each subject, in place of those that wait now."""
        for chunk in chunks(due):
            waiting = (_timer.c.kind == kind) & _timer.c.subject_id.in_(chunk) & _timer.c.fired_at.is_(None)
            await self._session.execute(sa.delete(_timer).where(waiting))
        rows = [{"id": self._ids(), "kind": kind, "subject_id": s, "due_at": at} for s, at in sorted(due.items())]
        if rows:
            await self._session.execute(sa.insert(_timer), rows)

    async def save_risks(self, rows: Sequence[RiskRow]) -> None:
        """Store assessments as the current ones of their changes; earlier ones stay readable."""
        if not rows:
            return
        earlier = _risk.c.change_id.in_(any_of([row.change_id for row in rows])) & _risk.c.is_current
        await self._session.execute(sa.update(_risk).where(earlier).values(is_current=False))
        stored = [_risk_values(row) | {"id": self._ids()} for row in rows]
        await self._session.execute(sa.insert(_risk), stored)
        for risk in stored:
            summary = {name: risk[name] for name in ("change_id", "score", "level", "inputs")}
            self._append("risk.assessed", "risk_assessment", risk["id"], 1, summary)


def _risk_values(row: RiskRow) -> dict[str, Any]:
    return {
        "change_id": row.change_id,
        "as_of": from_seconds(row.as_of),
        "position": row.position,
        "params_version": row.params_version,
        "input_hash": row.input_hash,
        "score": row.score,
        "likelihood": row.likelihood,
        "impact": row.impact,
        "level": row.level,
        "probability": row.probability,
        "inputs": row.inputs,
        "result": row.result,
        "is_current": True,
    }


def _effect_row(row: FootprintRow, ci_id: str, effect: Effect) -> dict[str, Any]:
    return {
        "change_id": row.change_id,
        "ci_id": ci_id,
        "role": "direct" if ci_id in row.direct else "impacted",
        "q": effect.q,
        "is_down": effect.is_down,
        "witness": effect.witness,
    }


def record_hash(finding: InstantFinding) -> str:
    """Return the key under which the findings of one record are found again."""
    return hashlib.sha256(repr(finding.record).encode()).hexdigest()


def _conflict_values(record: ConflictRecord) -> dict[str, Any]:
    found = record.conflict
    acceptance = record.acceptance
    window = found.window
    return {
        "key": found.key,
        "code": found.code.value,
        "kind": found.kind.value,
        "severity": found.severity.value,
        "weight": found.weight,
        "start": window and from_seconds(window[0]),
        "end": window and from_seconds(window[1]),
        "subject": found.subject,
        "message": found.message,
        "cis": as_json(found.cis),
        "ci_count": found.total_cis,
        "rule_version": found.rule_version,
        "fingerprint": found.fingerprint,
        "status": record.status.value,
        "accepted_fingerprint": acceptance and acceptance.fingerprint,
        "accepted_by": acceptance and acceptance.accepted_by,
        "accepted_reason": acceptance and acceptance.reason,
        "position": record.position,
    }


def _conflict_event(record: ConflictRecord, stored: Any | None) -> str:
    if stored is None:
        return "conflict.found"
    if stored.status == record.status.value:
        return "conflict.updated"
    return {
        ConflictStatus.OPEN: "conflict.reopened",
        ConflictStatus.ACCEPTED: "conflict.accepted",
        ConflictStatus.RESOLVED: "conflict.resolved",
    }[record.status]
