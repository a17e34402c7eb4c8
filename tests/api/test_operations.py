"""What operators see: readiness with its reasons, and metrics that no client can fill."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.settings import ApiSettings
from domain.kernel.actor import SYSTEM
from domain.kernel.probes import Finding, Gauge, Probe, State
from domain.people.model import Person
from domain.store.engine import open_database
from domain.store.health import record_probes
from tests.api.server import Server, open_server


def figures(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Return every sample of an exposition by name and labels; a malformed one does not parse."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def measured(server: Server) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return figures((await server.client.get("/metrics")).text)


def named(name: str, **labels: str) -> tuple[str, frozenset[tuple[str, str]]]:
    return name, frozenset(labels.items())


async def acts(server: Server, times: int) -> None:
    for _ in range(times):
        async with server.runtime.ports.work(SYSTEM) as work:
            someone = Person(id=work.new_id(), external_id=None, name="Ada")
            work.add(someone)
            work.record("person.added", someone)
            await work.commit()


async def ready(server: Server) -> tuple[int, Any]:
    response = await server.client.get("/readyz")
    return response.status_code, response.json()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine is no finding here."""
    monkeypatch.setattr("api.readiness.LOOK_SECONDS", 60.0)


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with open_server(tmp_path) as opened:
        yield opened


async def test_it_lives_while_it_answers(server: Server) -> None:
    assert (await server.client.get("/healthz")).json() == {"status": "ok"}


def consumers(server: Server) -> list[str]:
    return [f"consumer {consumer.name}" for consumer in server.runtime.consumers]


async def test_readiness_names_every_dependency_and_how_far_it_is_behind(server: Server) -> None:
    await acts(server, 3)
    assert await ready(server) == (
        200,
        {
            "status": "ok",
            "reasons": [],
            "dependencies": {
                "database": {"status": "ok"},
                "log": {"status": "ok", "behind": 4},
                **{name: {"status": "ok", "behind": 0} for name in consumers(server)},
                "work": {"status": "ok"},
                "worker": {"status": "ok"},
            },
        },
    )
    await server.runtime.log.number()
    _, body = await ready(server)
    assert (body["dependencies"]["log"]["behind"], body["dependencies"]["consumer assessment"]["behind"]) == (0, 4)
    await server.runtime.drain()
    _, body = await ready(server)
    assert body["dependencies"]["consumer assessment"]["behind"] == 0


async def test_a_log_that_is_not_followed_makes_it_unavailable(tmp_path: Path) -> None:
    async with open_server(tmp_path, ApiSettings(max_log_lag=2)) as server:
        await acts(server, 2)
        assert (await ready(server))[0] == 503
        await server.runtime.log.number()
        status, body = await ready(server)
        assert (status, body["status"]) == (503, "unavailable")
        assert body["reasons"] == [f"{name}: 3 events behind, 2 are allowed" for name in consumers(server)]
        await server.runtime.drain()
        assert (await ready(server))[0] == 200


async def test_a_record_that_cannot_be_read_makes_it_unavailable(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rubbish.db").write_bytes(b"no database at all" * 100)
    rubbish = open_database(f"sqlite:///{tmp_path}/rubbish.db")
    found = record_probes(rubbish, server.runtime.ports.clock, ())
    monkeypatch.setattr(server.app.state, "backend", replace(server.app.state.backend, probes=found))
    status, body = await ready(server)
    assert (status, body["status"], body["dependencies"]["database"]["status"]) == (503, "unavailable", "down")
    assert body["reasons"][0] == "database: does not answer (DatabaseError)"
    assert (await measured(server))[named("headwater_dependency_up", dependency="database")] == 0
    assert (await server.client.get("/healthz")).status_code == 200
    await rubbish.dispose()


async def test_a_stopped_consumer_is_named(server: Server) -> None:
    lane = next(lane for lane in server.runtime.lanes if lane.name == "consumer assessment")
    lane.failure = RuntimeError("the password is hunter2")
    status, body = await ready(server)
    assert (status, body["reasons"]) == (503, ["worker: consumer assessment is stopped, the log says by what"])


async def test_without_what_is_not_required_it_is_degraded_and_stays_in_service(server: Server) -> None:
    async def gone() -> Finding:
        return Finding(State.DOWN, "nobody answers")

    async def fails() -> Finding:
        raise OSError("secret host name")

    server.runtime.probes += [Probe("graph", gone, is_required=False), Probe("queue", fails, is_required=False)]
    status, body = await ready(server)
    assert (status, body["status"]) == (200, "degraded")
    assert body["reasons"] == ["graph: nobody answers", "queue: does not answer (OSError)"]


async def test_a_probe_that_hangs_holds_up_no_other(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> Finding:
        await asyncio.Event().wait()
        return Finding()

    monkeypatch.setattr("api.readiness.LOOK_SECONDS", 1.0)
    server.runtime.probes.append(Probe("stuck", hangs))
    status, body = await ready(server)
    assert (status, body["dependencies"]["database"]) == (503, {"status": "ok"})
    assert body["reasons"] == ["stuck: does not answer within 1 s"]


async def test_what_a_probe_measures_is_a_metric(server: Server) -> None:
    async def look() -> Finding:
        told = "Letters that lie about."
        return Finding(gauges=tuple(Gauge("lost_letters", told, n, {"queue": q}) for q, n in (("a", 2), ("b", 5))))

    server.runtime.probes.append(Probe("letters", look))
    await acts(server, 2)
    found = await measured(server)
    assert (found[named("headwater_lost_letters", queue="a")], found[named("headwater_lost_letters", queue="b")]) == (
        2,
        5,
    )
    assert found[named("headwater_log_unnumbered_events")] == 3
    assert found[named("headwater_consumer_lag_events", consumer="assessment")] == 0
    assert found[named("headwater_dependency_up", dependency="letters")] == 1
    assert found[named("headwater_database_connections_size", pool="writer")] >= 1
    assert found[named("headwater_dead_letters", state="parked")] == 0
    for name in ("rechecks_waiting", "rechecks_failing", "timers_overdue", "log_position"):
        assert found[named(f"headwater_{name}")] == 0


async def test_operations_are_told_apart_by_the_root_field_alone(server: Server) -> None:
    await server.ask("query People { people { nodes { id } } }", operationName="People")
    await server.ask("{ people { nodes { id } } viewer { name } }")
    await server.ask("{ nothing }")
    await server.ask("{ syntax")
    found = await measured(server)
    operations = {
        labels: value for (name, labels), value in found.items() if name == "headwater_graphql_operations_total"
    }
    assert operations == {
        frozenset({("operation", "people"), ("outcome", "ok")}): 1,
        frozenset({("operation", "several"), ("outcome", "ok")}): 1,
        frozenset({("operation", "other"), ("outcome", "refused")}): 2,
    }
    assert found[named("headwater_graphql_seconds_count", operation="people")] == 1


async def test_no_word_of_a_client_becomes_a_label(server: Server) -> None:
    await server.ask("query Hunter2 { __typename hunter2: __typename }", operationName="Hunter2")
    await server.ask("{ hunter2 }")
    await server.client.get("/hunter2")
    await server.client.request("HUNTER2", "/graphql")
    text = (await server.client.get("/metrics")).text
    assert "hunter2" not in text.lower()
    found = figures(text)
    assert found[named("headwater_http_requests_total", path="other", method="GET", status="404")] == 1
    assert found[named("headwater_http_requests_total", path="/graphql", method="other", status="405")] == 1
    assert found[named("headwater_http_seconds_count", path="/graphql")] == 3


async def test_a_fault_counts_as_one(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("disk")

    monkeypatch.setattr("domain.store.accounts.SqlAccounts.identity_of", fails)
    await server.ask("{ people { nodes { id } } }")
    found = await measured(server)
    assert found[named("headwater_http_requests_total", path="/graphql", method="POST", status="500")] == 1


async def test_the_lag_of_the_event_loop_is_measured(server: Server) -> None:
    found = await measured(server)
    while not found[named("headwater_event_loop_lag_seconds_count")]:
        found = await measured(server)
    assert found[named("headwater_event_loop_lag_seconds_bucket", le="+Inf")] >= 1
    assert found[named("headwater_event_loop_lag_seconds_sum")] >= 0


async def test_every_series_has_help_and_a_name_of_the_product(server: Server) -> None:
    text = (await server.client.get("/metrics")).text
    names = re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE)
    assert len(names) > 10
    assert all(name.startswith("headwater_") and told.endswith(".") for name, told in names)
    assert len({name for name, _ in names}) == len(names)
