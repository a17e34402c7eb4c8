"""From labels to scores: a fit is proposed, put to use by a person; open changes are scored anew, old scores replay."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.change.model import (
    Change,
    ChangeEvidence,
    ChangeOutcome,
    ChangeState,
    ChangeType,
    EvidenceKind,
    RollbackState,
    TestState,
)
from domain.incident.model import ChangeLinkType, IncidentChangeLink
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.kernel.errors import Forbidden, InvalidInput, NotFound
from domain.kernel.policy import Policy
from domain.kernel.time import FixedClock, to_seconds
from domain.ports import Ports
from domain.risk.params import DAY, SHIPPED
from domain.risk.score import replay
from domain.store.tables.assessments import risk_assessment
from domain.store.tables.log import outbox
from domain.usecases.fitting import activate_fit_at_load, fitted_now, propose_fit, propose_nightly_fit, risk_versions
from domain.usecases.policies import RISK, activate, risk_params
from tests import builders
from tests.builders import MONDAY
from workers.runtime import Runtime

ADMINISTRATOR = Actor(id="ada", name="Ada", roles=frozenset({Role.ADMINISTRATOR}))
MANAGER = Actor(id="carl", name="Carl", roles=frozenset({Role.CHANGE_MANAGER}))
PAST = 420


def past_changes() -> list[Change]:
    """A year of closed changes: those of the team `wild` fail often, those of `calm` hardly ever."""
    dice = random.Random(11)
    return [past_change(number, dice) for number in range(PAST)]


def past_change(number: int, dice: random.Random) -> Change:
    team = "wild" if number % 3 == 0 else "calm"
    start = MONDAY - timedelta(days=8 + 340 * number / PAST)
    failed = dice.random() < (0.25 if team == "wild" else 0.02)
    return builders.a_change(
        "db" if number % 2 else "app",
        id=f"past-{number:03}",
        type=ChangeType.NORMAL,
        model="upgrade",
        team_id=team,
        state=ChangeState.CLOSED,
        planned_start=start,
        planned_end=start + timedelta(hours=2),
        actual_start=start,
        actual_end=start + timedelta(hours=2),
        decided_at=start - timedelta(days=1),
        closed_at=start + timedelta(hours=3),
        recorded_at=start - timedelta(days=5),
        test_state=TestState.PARTIAL,
        rollback_state=RollbackState.DOCUMENTED,
        outcome=ChangeOutcome.BACKED_OUT if failed else ChangeOutcome.SUCCESSFUL,
        has_service_effect=failed,
    )


def coming_change() -> Change:
    night = MONDAY + timedelta(days=6, hours=14)
    return builders.a_change(
        "db",
        id="coming",
        state=ChangeState.ASSESS,
        model="upgrade",
        team_id="wild",
        planned_start=night,
        planned_end=night + timedelta(hours=2),
    )


@pytest.fixture
async def runtime(record_url: str) -> AsyncIterator[Runtime]:
    opened = await Runtime.open(record_url, clock=FixedClock(MONDAY))
    estate = [
        *(builders.a_class(id=f"class-{name}", name=name) for name in ("database", "application")),
        builders.a_ci(id="db", name="db-1", class_name="database"),
        builders.a_ci(id="app", name="app-1", class_name="application"),
        *(builders.a_team(id=name, name=name) for name in ("wild", "calm")),
    ]
    await builders.saved(opened.ports.work, *estate, *past_changes(), coming_change())
    async with opened.ports.work(SYSTEM) as work:
        work.append("change.closed", "change", "past-000", 2, {"id": "past-000"})  # type: ignore[attr-defined]
        await work.commit()
    await opened.drain()
    yield opened
    await opened.stop()


async def scores(runtime: Runtime) -> list[sa.Row]:
    async with runtime.database.reader.connect() as connection:
        return list(
            await connection.execute(
                sa.select(risk_assessment)
                .where(risk_assessment.c.change_id == "coming")
                .order_by(risk_assessment.c.is_current, risk_assessment.c.id)
            )
        )


async def test_a_candidate_is_proposed_with_its_report_and_moves_nothing(runtime: Runtime) -> None:
    before = await scores(runtime)
    candidate = await propose_fit(runtime.ports, SYSTEM)
    await runtime.drain()
    assert len(await scores(runtime)) == len(before)
    [version] = await risk_versions(runtime.ports, MANAGER)
    assert (version.number, version.is_active) == (1, False)
    assert version.report["changes"] == candidate.report.changes == PAST
    assert version.report["is_calibrated"]
    assert candidate.found.params.factors["cfr_team"].muted_reason is None
    async with runtime.database.reader.connect() as connection:
        kinds = list(await connection.scalars(sa.select(outbox.c.kind).where(outbox.c.subject_type == "policy")))
    assert kinds == ["policy.proposed"]


async def test_putting_it_to_use_scores_open_changes_anew_and_old_scores_still_replay(runtime: Runtime) -> None:
    await propose_fit(runtime.ports, SYSTEM)
    await activate(runtime.ports, ADMINISTRATOR, RISK, 1)
    await runtime.drain()
    stored = await scores(runtime)
    assert [row.params_version for row in stored][-2:] == [SHIPPED.version, "risk-1"]
    assert [row.is_current for row in stored][-2:] == [False, True]
    assert stored[-1].likelihood > stored[-2].likelihood
    async with runtime.ports.snapshot() as snapshot:
        for row in stored:
            params = await risk_params(snapshot, row.params_version)
            again = replay(json.dumps(row.inputs), params)
            assert (again.input_hash, float(again.likelihood)) == (row.input_hash, row.likelihood)
            assert again.probability == row.probability


async def test_whoever_loads_a_past_may_have_it_fitted_and_put_to_use_at_once(runtime: Runtime) -> None:
    with pytest.raises(Forbidden):
        await activate_fit_at_load(runtime.ports, MANAGER)
    loaded = await activate_fit_at_load(runtime.ports, ADMINISTRATOR)
    assert loaded.number == 1
    assert loaded.told.startswith(f"version 1 is in use, fitted on {PAST} matured changes of which ")
    await runtime.drain()
    assert (await scores(runtime))[-1].params_version == "risk-1"
    again = await activate_fit_at_load(runtime.ports, ADMINISTRATOR)
    assert (again.number, again.told.split(",")[0]) == (None, "nothing was learnt since the version in use was fitted")
    assert [version.number for version in await risk_versions(runtime.ports, MANAGER)] == [1]


async def test_a_past_too_short_to_be_calibrated_on_puts_nothing_to_use(record_url: str) -> None:
    runtime = await Runtime.open(record_url, clock=FixedClock(MONDAY))
    loaded = await activate_fit_at_load(runtime.ports, ADMINISTRATOR)
    assert loaded.number is None
    assert "0 matured changes of which 0 went wrong are too few, 300 and 10 are needed" in loaded.told
    assert await risk_versions(runtime.ports, MANAGER) == []
    await runtime.stop()


async def test_changes_like_the_coming_one_speak_once_the_fit_is_in_use(runtime: Runtime) -> None:
    await activate_fit_at_load(runtime.ports, ADMINISTRATOR)
    await runtime.drain()
    [shipped, *_, fitted] = await scores(runtime)
    before = {factor["code"]: factor for factor in shipped.inputs["factors"]}["similar"]
    after = {factor["code"]: factor for factor in fitted.inputs["factors"]}["similar"]
    assert (before["raw"], after["is_known"]) == (None, True)
    for row in (shipped, fitted):
        comparables = row.result["comparables"]
        assert len(comparables) == 5
        assert {found["similarity"] for found in comparables} == {1.0}
        assert all(found["change_id"].startswith("past-") for found in comparables)


async def test_only_one_version_is_in_use_and_the_shipped_one_can_be_put_back(runtime: Runtime) -> None:
    await propose_fit(runtime.ports, SYSTEM)
    await propose_fit(runtime.ports, SYSTEM)
    await activate(runtime.ports, ADMINISTRATOR, RISK, 2)
    await activate(runtime.ports, ADMINISTRATOR, RISK, 1)
    assert [version.is_active for version in await risk_versions(runtime.ports, MANAGER)] == [True, False]
    with pytest.raises(InvalidInput, match="in use already"):
        await activate(runtime.ports, ADMINISTRATOR, RISK, 1)
    await activate(runtime.ports, ADMINISTRATOR, RISK, 0)
    assert not any(version.is_active for version in await risk_versions(runtime.ports, MANAGER))
    await runtime.drain()
    assert (await scores(runtime))[-1].params_version == SHIPPED.version


async def test_only_who_manages_policies_may_propose_or_activate(runtime: Runtime) -> None:
    with pytest.raises(Forbidden):
        await propose_fit(runtime.ports, MANAGER)
    await propose_fit(runtime.ports, ADMINISTRATOR)
    with pytest.raises(Forbidden):
        await activate(runtime.ports, MANAGER, RISK, 1)
    assert not any(version.is_active for version in await risk_versions(runtime.ports, MANAGER))
    with pytest.raises(NotFound):
        await activate(runtime.ports, ADMINISTRATOR, RISK, 7)


async def test_looking_stores_nothing(runtime: Runtime) -> None:
    assert (await fitted_now(runtime.ports, MANAGER)).number == 1
    assert await risk_versions(runtime.ports, MANAGER) == []


async def test_at_night_a_fit_is_proposed_once_and_only_after_something_was_learnt(runtime: Runtime) -> None:
    clock = runtime.ports.clock
    assert isinstance(clock, FixedClock)
    assert not await runtime.schedules.run_due()
    assert not await runtime.schedules.run_due()
    clock.instant = datetime(2026, 11, 24, 2, 11, tzinfo=UTC)
    ran = await asyncio.gather(*(runtime.schedules.run_due() for _ in range(3)))
    assert sorted(ran) == [False, False, True]
    assert len(await risk_versions(runtime.ports, MANAGER)) == 1
    assert not await runtime.schedules.run_due()
    clock.instant = datetime(2026, 11, 25, 2, 11, tzinfo=UTC)
    assert await runtime.schedules.run_due()
    assert len(await risk_versions(runtime.ports, MANAGER)) == 1


async def test_without_the_library_nothing_is_proposed(runtime: Runtime) -> None:
    ports: Ports = runtime.ports
    bare = Ports(ports.clock, ports.work, ports.snapshot, ports.graph, ports.wake)
    assert await propose_nightly_fit(bare, SYSTEM) is None
    with pytest.raises(InvalidInput, match="solver"):
        await fitted_now(bare, SYSTEM)


async def test_a_fit_learns_from_what_was_known_when_a_change_was_decided_on(runtime: Runtime) -> None:
    """Evidence and incidents from after the decision are not seen; the assessment stored by then is."""
    async with runtime.ports.work(SYSTEM) as work:
        change = await work.get(Change, "past-010")
        decided = change.decided_at
        assert decided is not None
        change.evidence += [
            evidence(change, "before", decided - timedelta(hours=1)),
            evidence(change, "after", decided + timedelta(hours=1)),
        ]
        work.record("change.edited", change)
        for name, opened in (("before", decided - timedelta(days=3)), ("after", decided + timedelta(minutes=1))):
            found = builders.an_incident("app", id=f"inc-{name}", opened_at=opened, recorded_at=opened)
            work.add(found)
            work.record("incident.reported", found)
        await work.commit()
    async with runtime.ports.snapshot() as snapshot:
        by_id = {change.past.id: change for change in await snapshot.training_changes()}
    seen = by_id["past-010"]
    assert len(by_id) == PAST
    assert seen.facts.as_of == to_seconds(decided)
    assert seen.facts.change.test_artefact == "before"
    assert [incident.id for incident in seen.facts.incidents] == ["inc-before"]
    assert seen.assessed == {}


def evidence(change: Change, name: str, recorded_at: datetime) -> ChangeEvidence:
    return ChangeEvidence(
        id=f"ev-{name}", change_id=change.id, kind=EvidenceKind.TEST, summary=name, recorded_at=recorded_at
    )


async def test_the_assessment_stored_by_the_decision_is_learnt_from(runtime: Runtime) -> None:
    clock = runtime.ports.clock
    assert isinstance(clock, FixedClock)
    async with runtime.ports.work(SYSTEM) as work:
        change = await work.get(Change, "coming")
        assert change.planned_start is not None
        change.state, change.outcome = ChangeState.CLOSED, ChangeOutcome.SUCCESSFUL
        change.decided_at, change.actual_start = MONDAY + timedelta(hours=1), change.planned_start
        change.closed_at = change.planned_start + timedelta(hours=4)
        work.record("change.closed", change)
        await work.commit()
    clock.instant = MONDAY + timedelta(seconds=30 * DAY)
    async with runtime.ports.snapshot() as snapshot:
        [learnt] = [c for c in await snapshot.training_changes() if c.past.id == "coming"]
    assert {"reach", "conflict", "complexity"} <= learnt.assessed.keys()
    [first, *_] = await scores(runtime)
    stored = {f["code"]: f["x"] for f in first.inputs["factors"] if f["raw"] is not None}
    assert learnt.assessed == stored


async def test_a_verdict_of_caused_by_becomes_a_label(runtime: Runtime) -> None:
    async with runtime.ports.snapshot() as snapshot:
        change = next(c.past for c in await snapshot.training_changes() if c.past.failure == 0)
    opened = datetime.fromtimestamp(change.started_at, UTC) + timedelta(hours=5)
    incident = builders.an_incident("db", id="inc-caused", opened_at=opened, recorded_at=opened)
    incident.change_links.append(
        IncidentChangeLink(
            id="link",
            incident_id="inc-caused",
            change_id=change.id,
            type=ChangeLinkType.CAUSED_BY,
            recorded_at=opened + timedelta(hours=1),
        )
    )
    await builders.saved(runtime.ports.work, incident)
    async with runtime.ports.snapshot() as snapshot:
        [learnt] = [c.past for c in await snapshot.training_changes() if c.past.id == change.id]
    assert (learnt.failure, learnt.known_at) == (1.0, to_seconds(opened + timedelta(hours=1)))


async def test_policies_are_kept_as_they_were(runtime: Runtime) -> None:
    candidate = await propose_fit(runtime.ports, SYSTEM)
    async with runtime.ports.snapshot() as snapshot:
        [policy] = await snapshot.find_all(Policy, name=RISK)
        assert await risk_params(snapshot, "risk-1") == candidate.found.params
        with pytest.raises(NotFound):
            await risk_params(snapshot, "risk-9")
        with pytest.raises(NotFound):
            await risk_params(snapshot, "elsewhere")
    assert policy.body == candidate.body
