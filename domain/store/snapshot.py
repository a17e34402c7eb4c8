"""A read transaction over the record: what use cases and engines read belongs to one state of the log."""

from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from domain.change.model import ChangeState
from domain.ci.relations import RelationType
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.conflict.footprint import Effect
from domain.conflict.instants import InstantFinding
from domain.conflict.model import ConflictCode
from domain.incident.model import OPEN_STATES
from domain.kernel.intervals import Interval, normalise
from domain.kernel.time import from_seconds, to_seconds
from domain.ports import Outage, RiskSummary
from domain.problem.model import ProblemState
from domain.risk.causes import StartedChange
from domain.risk.facts import IncidentFacts, ProblemFacts
from domain.risk.past_incidents import EditedCis
from domain.risk.rates import PastChange
from domain.risk.training import TrainingChange
from domain.store import footprint_reads, incident_reads
from domain.store import tables as t
from domain.store.counters import TURNS
from domain.store.engine import Database
from domain.store.finding_rows import conflict_record
from domain.store.json_rows import any_of, rows_as_json
from domain.store.loading import chunks, load_records, select_records
from domain.store.past import past_changes, started_changes
from domain.store.training import training_changes

Record = TypeVar("Record")

FINISHED = (ChangeState.REVIEW, ChangeState.CLOSED, ChangeState.CANCELLED)
GRAVE_PRIORITY = 2
LABEL_EVENTS = ("change.closed", "change.imported", "incident.change_linked", "incident.change_unlinked")

RESTRICTED = "of restricted access"
"""What stands for the number of a restricted incident in the words of the engines, which everybody may read."""

_incident, _incident_ci, _link = t.tickets.incident, t.tickets.incident_ci, t.tickets.incident_change_link
_told_number = sa.case((_incident.c.is_restricted, RESTRICTED), else_=_incident.c.number)
_problem, _problem_ci = t.tickets.problem, t.tickets.problem_ci
_change, _target, _ci = t.changes.change, t.changes.change_target, t.configuration.ci
_conflict, _participant = t.assessments.conflict, t.assessments.conflict_change
_finding = t.assessments.conflict_finding
_counter = t.log.counter.c
_footprint, _risk = t.assessments.footprint, t.assessments.risk_assessment.c
_SUMMARIES = (
    sa.select(_risk.change_id, _risk.score, _risk.level, _risk.result["route"]["forum"].as_string())
    .where(_risk.is_current)
    .order_by(_risk.change_id)
)


class SqlSnapshot:
    """The port `Snapshot` over one read transaction."""

    def __init__(self, session: AsyncSession, position: int) -> None:
        self.position = position
        self._session = session

    async def turn(self) -> int:
        """Return the number of the last turn in which assessments were stored."""
        return await self._session.scalar(sa.select(_counter.value).where(_counter.name == TURNS)) or 0

    async def find(self, noun: type[Record], **values: Any) -> Record | None:
        """Return the one record whose columns equal the values, with its children, or None."""
        return (await self._session.scalars(select_records(noun, values))).one_or_none()

    async def find_all(self, noun: type[Record], **values: Any) -> list[Record]:
        """Return every record whose columns equal the values, with children, by id."""
        return await load_records(self._session, noun, values)

    async def incidents_on(self, ci_ids: Collection[str], since: datetime) -> dict[str, tuple[IncidentFacts, ...]]:
        """Return the incidents opened since then on the CIs, by CI; each names the one CI it is listed under."""
        return await incident_reads.incidents_on(self._session, ci_ids, since)

    async def incident_cis_since(self, position: int) -> EditedCis | None:
        """Return the CIs of incidents edited after a position of the log; None where too much is later."""
        return await incident_reads.edited_since(self._session, position)

    async def problems_on(self, ci_ids: Collection[str]) -> list[ProblemFacts]:
        """Return the problems on any of the CIs that are still open; each names those of the CIs it is on."""
        found: dict[str, tuple[Any, list[str]]] = {}
        open_states = [ProblemState.NEW, ProblemState.ANALYSIS, ProblemState.KNOWN_ERROR]
        rows = await self._session.execute(
            sa.select(
                _problem.c.id,
                _problem.c.opened_at,
                _problem.c.recorded_at,
                _problem.c.resolved_at,
                _problem.c.workaround,
                _problem.c.state,
                _problem_ci.c.ci_id,
            )
            .join(_problem_ci, _problem_ci.c.problem_id == _problem.c.id)
            .where(
                _problem_ci.c.ci_id.in_(any_of(ci_ids)),
                _problem.c.state.in_(open_states),
                _problem_ci.c.ended_at.is_(None),
            )
        )
        for row in rows:
            found.setdefault(row.id, (row, []))[1].append(row.ci_id)
        return [
            ProblemFacts(
                id=problem_id,
                ci_ids=tuple(sorted(set(cis))),
                opened_at=to_seconds(row.opened_at),
                recorded_at=to_seconds(row.recorded_at),
                closed_at=row.resolved_at and to_seconds(row.resolved_at),
                has_workaround=row.state == ProblemState.KNOWN_ERROR and bool(row.workaround),
            )
            for problem_id, (row, cis) in sorted(found.items())
        ]

    async def outages(self) -> list[Outage]:
        """Return the open incidents of priority 1 and 2 with the CIs they are on."""
        rows = await self._session.execute(
            sa.select(_incident.c.id, _told_number.label("number"), _incident.c.priority, _incident_ci.c.ci_id)
            .join(_incident_ci, _incident_ci.c.incident_id == _incident.c.id)
            .where(
                _incident.c.state.in_(sorted(OPEN_STATES)),
                _incident.c.priority <= GRAVE_PRIORITY,
                _incident_ci.c.ended_at.is_(None),
            )
        )
        found: dict[str, tuple[Any, set[str]]] = {}
        for row in rows:
            found.setdefault(row.id, (row, set()))[1].add(row.ci_id)
        return [Outage(id_, row.number, row.priority, frozenset(cis)) for id_, (row, cis) in sorted(found.items())]

    async def past_changes(self) -> list[PastChange]:
        """Return every change that was carried out, with its label as known now."""
        return await past_changes(self._session)

    async def started_changes(self, since: datetime, until: datetime) -> list[StartedChange]:
        """Return the changes begun between two instants, both included, by id."""
        return await started_changes(self._session, since, until)

    async def training_changes(self) -> list[TrainingChange]:
        """Return every change that was carried out, with what was known of it when it was decided on."""
        return await training_changes(self._session, await self.past_changes())

    async def restore_minutes(self, before: datetime) -> dict[str, list[float]]:
        """Return the minutes that grave incidents resolved before then took, by the class of their CIs."""
        rows = await self._session.execute(
            sa.select(_ci.c.class_name, _incident.c.opened_at, _incident.c.resolved_at)
            .join(_incident_ci, _incident_ci.c.ci_id == _ci.c.id)
            .join(_incident, _incident.c.id == _incident_ci.c.incident_id)
            .where(_incident.c.priority <= GRAVE_PRIORITY, _incident.c.resolved_at < before)
        )
        found: dict[str, list[float]] = {}
        for row in rows:
            minutes = (row.resolved_at - row.opened_at).total_seconds() / 60
            if minutes > 0:
                found.setdefault(row.class_name, []).append(minutes)
        return found

    async def backups_of(self, ci_ids: Collection[str]) -> set[str]:
        """Return the CIs that back any of these up now."""
        relation = t.configuration.relation.c
        found: set[str] = set()
        for chunk in chunks(ci_ids):
            backing = sa.select(relation.source_id).where(
                relation.target_id.in_(chunk), relation.type == RelationType.BACKS_UP, relation.valid_to.is_(None)
            )
            found.update(await self._session.scalars(backing))
        return found

    async def subjects_since(self, position: int) -> set[str]:
        """Return the types of what was edited after a position of the log, or in acts that have no position yet."""
        outbox = t.log.outbox.c
        later = sa.or_(outbox.position > position, outbox.position.is_(None))
        return set(await self._session.scalars(sa.select(outbox.subject_type).where(later)))

    async def labels_position(self) -> int:
        """Return the id of the last event that may have changed a label, 0 before the first."""
        latest = sa.select(sa.func.max(t.log.outbox.c.id)).where(t.log.outbox.c.kind.in_(LABEL_EVENTS))
        return (await self._session.scalar(latest)) or 0

    async def footprints(self, reach: Interval | None, change_ids: Collection[str]) -> list[dict[str, Any]]:
        """Return the stored conflict facts of open changes whose reach meets `reach`, and of the changes named."""
        return await footprint_reads.facts_of(self._session, reach, change_ids)

    async def effects_on(self, ci_ids: Collection[str], change_ids: Collection[str]) -> dict[str, dict[str, Effect]]:
        """Return what the changes do to the CIs, by change id and CI id, as far as it is in their footprints."""
        return await footprint_reads.effects_on(self._session, ci_ids, change_ids)

    async def rivals(
        self,
        *,
        direct: Collection[str],
        effects: Collection[str],
        group_ids: Collection[str],
        person_ids: Collection[str],
    ) -> set[str]:
        """Return the open changes that can stand in another's way whenever both run: by CIs, redundancy or people."""
        return await footprint_reads.rivals(
            self._session, direct=direct, effects=effects, group_ids=group_ids, person_ids=person_ids
        )

    async def conflicts_of(self, change_ids: Collection[str]) -> list[ConflictRecord]:
        """Return the stored conflicts, resolved ones left out, in which any of the changes takes part."""
        taking_part = sa.select(_conflict).join(_participant, _participant.c.conflict_id == _conflict.c.id)
        return await self._conflicts(taking_part, _participant.c.change_id, change_ids)

    async def conflicts_by_key(self, keys: Collection[str]) -> list[ConflictRecord]:
        """Return the stored conflicts with these keys, resolved ones left out."""
        return await self._conflicts(sa.select(_conflict), _conflict.c.key, keys)

    async def _conflicts(
        self, wanted: sa.Select[Any], column: sa.ColumnElement[str], values: Collection[str]
    ) -> list[ConflictRecord]:
        rows: dict[str, Any] = {}
        unresolved = wanted.where(_conflict.c.status != ConflictStatus.RESOLVED.value)
        for chunk in chunks(values):
            rows |= {row.id: row for row in await self._session.execute(unresolved.where(column.in_(chunk)))}
        members: dict[str, list[str]] = {}
        for chunk in chunks(rows):
            found = await self._session.execute(
                sa.select(_participant).where(_participant.c.conflict_id.in_(chunk)).order_by(_participant.c.change_id)
            )
            for row in found:
                members.setdefault(row.conflict_id, []).append(row.change_id)
        return [conflict_record(rows[row_id], members[row_id]) for row_id in sorted(rows)]

    async def findings(self, spans: Sequence[Interval]) -> list[InstantFinding]:
        """Return every stored finding of each record that has one at an instant of the closed spans."""
        records: set[str] = set()
        for start, end in normalise(spans):
            within = _finding.c.instant.between(from_seconds(start), from_seconds(end))
            records.update(await self._session.scalars(sa.select(_finding.c.record).where(within).distinct()))
        found: list[InstantFinding] = []
        for chunk in chunks(records):
            rows = await self._session.execute(sa.select(_finding).where(_finding.c.record.in_(chunk)))
            found += [
                InstantFinding(
                    to_seconds(row.instant),
                    ConflictCode(row.code),
                    row.subject,
                    tuple(row.change_ids),
                    to_seconds(row.until),
                )
                for row in rows
            ]
        return sorted(found)

    async def followers_of(self, change_id: str) -> frozenset[str]:
        """Return the changes that declare this one as a predecessor."""
        order = t.changes.change_predecessor
        followers = sa.select(order.c.change_id).where(order.c.predecessor_id == change_id)
        return frozenset(await self._session.scalars(followers))

    async def current_risks(self, change_ids: Collection[str]) -> list[RiskSummary]:
        """Return the current score of each change that has one, by change id."""
        found: list[RiskSummary] = []
        for chunk in chunks(change_ids):
            rows = await self._session.execute(_SUMMARIES.where(_risk.change_id.in_(chunk)))
            found += [RiskSummary(*row) for row in rows]
        return found

    async def waiting_risks(self, states: Collection[ChangeState]) -> list[RiskSummary]:
        """Return the current score of each change in one of the states that has one, by change id."""
        waiting = _SUMMARIES.join(_change, _change.c.id == _risk.change_id).where(_change.c.state.in_(states))
        return [RiskSummary(*row) for row in await self._session.execute(waiting)]

    async def service_owners(self) -> dict[str, str]:
        """Return the owner of every business service that has one, by service id."""
        service = t.configuration.business_service
        owned = sa.select(_ci.c.id, _ci.c.owner_id).join(service, service.c.id == _ci.c.id)
        rows = await self._session.execute(owned.where(_ci.c.owner_id.is_not(None)))
        return {row.id: row.owner_id for row in rows}

    async def assessable(self, change_ids: Collection[str]) -> set[str]:
        """Return those of the changes that are open or still have a stored footprint."""
        found: set[str] = set()
        for chunk in chunks(change_ids):
            still_open = sa.select(_change.c.id).where(_change.c.id.in_(chunk), _change.c.state.not_in(FINISHED))
            stored = sa.select(_footprint.c.change_id).where(_footprint.c.change_id.in_(chunk))
            found.update(await self._session.scalars(still_open))
            found.update(await self._session.scalars(stored))
        return found

    async def active_policy(self, name: str) -> dict[str, Any] | None:
        """Return the body of the active version of a policy; None means the shipped default."""
        policy = t.log.policy
        active = sa.select(policy.c.body).where(policy.c.name == name, policy.c.is_active)
        body: dict[str, Any] | None = await self._session.scalar(active.order_by(policy.c.number.desc()).limit(1))
        return body

    async def open_changes(self, target_ids: Collection[str] | None = None) -> set[str]:
        """Return the ids of open changes, only those with any of the targets where given."""
        still_open = sa.select(_change.c.id).where(_change.c.state.not_in(FINISHED))
        if target_ids is None:
            return set(await self._session.scalars(still_open))
        found: set[str] = set()
        on_targets = still_open.join(_target, _target.c.change_id == _change.c.id)
        for chunk in chunks(target_ids):
            found.update(await self._session.scalars(on_targets.where(_target.c.ci_id.in_(chunk))))
        return found

    async def conflict_ids(self, keys: Collection[str]) -> dict[str, str]:
        """Return the ids of the stored conflicts with these keys, by key."""
        found: dict[str, str] = {}
        for chunk in chunks(keys):
            rows = await self._session.execute(
                sa.select(_conflict.c.key, _conflict.c.id).where(_conflict.c.key.in_(chunk))
            )
            found |= {row.key: row.id for row in rows}
        return found

    async def names_of(self, ci_ids: Collection[str]) -> dict[str, str]:
        """Return the names of CIs by id."""
        if not ci_ids:
            return {}
        named = sa.select(rows_as_json(_ci.c.id, _ci.c.name)).where(_ci.c.id.in_(any_of(ci_ids)))
        return dict((await self._session.execute(named)).scalar_one())

    async def numbers_of(self, ids: Collection[str]) -> dict[str, str]:
        """Return the numbers of incidents, problems and changes by id."""
        found: dict[str, str] = {}
        for chunk in chunks(ids):
            numbered = (
                sa.select(table.c.id, table.c.number).where(table.c.id.in_(chunk))
                for table in (_incident, _problem, _change)
            )
            found |= {row.id: row.number for row in await self._session.execute(sa.union_all(*numbered))}
        return found

    async def crowded_cis(self, ci_ids: Collection[str], more_than: int) -> set[str]:
        """Return those of the CIs that lie in the footprint of more open changes than that."""
        return await footprint_reads.crowded(self._session, ci_ids, more_than)

    async def changes_reaching(self, ci_ids: Collection[str]) -> set[str]:
        """Return the open changes whose stored footprint holds any of the CIs."""
        return await footprint_reads.reaching(self._session, ci_ids)


@asynccontextmanager
async def snapshot_on(connection: AsyncConnection) -> AsyncIterator[SqlSnapshot]:
    """Yield a snapshot inside the transaction that the connection is in; it ends nothing."""
    async with AsyncSession(connection, expire_on_commit=False, autoflush=False) as session:
        yield SqlSnapshot(session, await _position(session))


async def _position(session: AsyncSession) -> int:
    return (await session.scalar(sa.select(sa.func.max(t.log.outbox.c.position)))) or 0


def snapshots(database: Database) -> Callable[[], AbstractAsyncContextManager[SqlSnapshot]]:
    """Return the factory of snapshots over a database."""

    @asynccontextmanager
    async def open_snapshot() -> AsyncIterator[SqlSnapshot]:
        async with AsyncSession(database.reader, expire_on_commit=False, autoflush=False) as session:
            yield SqlSnapshot(session, await _position(session))

    return open_snapshot
