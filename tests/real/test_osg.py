"""A real computing grid: its calendar as changes, its conflicts, its board (issue, Proof; ENGINES 1.8)."""

import csv
import gzip
import sqlite3
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from domain.cab.model import MemberRole
from domain.cab.rules import SeriesFacts
from domain.kernel.actor import SYSTEM
from domain.kernel.time import SystemClock
from domain.people.rules import PersonFacts
from domain.usecases import cab, people
from workers.runtime import Runtime

OVERLAPPING = "1663815563"
"""A real change, whose resource Purdue-Hammer another change works on at the same time."""
ITS_PARTNER = "1666971159"


@dataclass(frozen=True, slots=True)
class RealChange:
    """Rows of the file that are one change, put together by nothing of the product."""

    external_id: str
    start: datetime
    end: datetime
    resources: frozenset[str]


@pytest.fixture(scope="module")
def rows(shared: Path) -> list[dict[str, str]]:
    with gzip.open(shared / "osg_topology" / "downtimes.csv.gz", "rt", encoding="utf-8") as text:
        reader, found = csv.DictReader(text), []
        reader.fieldnames  # noqa: B018 - reads the header, so that the line is that of the first row
        while True:
            line = reader.line_num + 1
            row = next(reader, None)
            if row is None:
                return found
            found.append({**row, "line": str(line)})


@pytest.fixture(scope="module")
def real_changes(rows: list[dict[str, str]]) -> list[RealChange]:
    groups: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for row in rows:
        if row["class"] == "SCHEDULED" and at(row["end"]) > at(row["start"]):
            groups[row["start"], row["end"], row["site"], row["description"]].append(row)
    return [
        RealChange(some[0]["id"], at(some[0]["start"]), at(some[0]["end"]), frozenset(row["resource"] for row in some))
        for some in groups.values()
    ]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(scope="module")
def grid(shared: Path, tmp_path_factory: pytest.TempPathFactory, headwater_in: Callable[..., Any]) -> Any:
    """The command in a folder that holds the grid's record, and what its import said."""
    headwater = headwater_in(tmp_path_factory.mktemp("osg"))
    return headwater, headwater("import", "osg", shared / "osg_topology", "--json")


def test_rows_that_end_before_they_start_are_rejects_and_nothing_else_is(grid: Any, rows: list[dict[str, str]]) -> None:
    _, imported = grid
    backwards = [row for row in rows if at(row["end"]) <= at(row["start"])]
    summary = imported.json
    assert (imported.status, summary["rejected"], len(backwards)) == (1, 12, 12)
    with Path(summary["rejectFile"]).open(encoding="utf-8") as text:
        rejected = list(csv.DictReader(text))
    assert [row["id"] for row in rejected] == [row["id"] for row in backwards]
    assert {row["reason"] for row in rejected} == {"end: must be after the start"}
    assert [row["line"] for row in rejected] == [row["line"] for row in backwards]


def test_importing_again_changes_nothing(grid: Any, shared: Path) -> None:
    headwater, imported = grid
    again = headwater("import", "osg", shared / "osg_topology", "--json").json
    assert (again["created"], again["updated"], again["rejected"]) == (0, 0, 12)
    assert again["unchanged"] == imported.json["created"] + imported.json["unchanged"]


def test_equal_scheduled_rows_are_one_change(grid: Any, real_changes: list[RealChange]) -> None:
    stored = changes_of(database_of(grid))
    assert stored == {change.external_id: change.resources for change in real_changes}


def test_an_incident_within_seven_days_labels_the_change(
    grid: Any, rows: list[dict[str, str]], real_changes: list[RealChange]
) -> None:
    outages = [row for row in rows if row["class"] == "UNSCHEDULED" and at(row["end"]) > at(row["start"])]
    labelled = {
        change.external_id
        for change in real_changes
        for outage in outages
        if outage["resource"] in change.resources
        and change.start <= at(outage["start"]) < change.start + timedelta(days=7)
    }
    with sqlite3.connect(database_of(grid)) as record:
        linked = record.execute(
            "SELECT DISTINCT change.external_id FROM incident_change_link JOIN change ON change.id = change_id"
        )
        assert {row[0] for row in linked} == labelled
    assert len(labelled) == 14


def test_same_resource_overlaps_are_conflicts_and_touching_downtimes_are_not(
    shared: Path, tmp_path: Path, headwater_in: Callable[..., Any], real_changes: list[RealChange]
) -> None:
    headwater = headwater_in(tmp_path)
    headwater("import", "osg", shared / "osg_topology", "--as-of", "2023-01-01T00:00Z")
    ahead = [change for change in real_changes if change.start >= datetime(2023, 1, 1, tzinfo=UTC)]
    sharing = [pair for pair in combinations(ahead, 2) if pair[0].resources & pair[1].resources]
    overlapping = {ids(pair) for pair in sharing if pair[0].start < pair[1].end and pair[1].start < pair[0].end}
    touching = {ids(pair) for pair in sharing if pair[0].end == pair[1].start or pair[1].end == pair[0].start}
    found = headwater("conflicts", "--json").json["conflicts"]
    same_ci = {
        frozenset(change["externalId"] for change in conflict["changes"])
        for conflict in found
        if conflict["code"] == "SAME_CI"
    }
    assert overlapping
    assert touching
    assert same_ci == overlapping


def ids(pair: tuple[RealChange, RealChange]) -> frozenset[str]:
    return frozenset(change.external_id for change in pair)


def test_risk_of_a_real_change_adds_up(grid: Any) -> None:
    headwater, _ = grid
    risk = headwater("risk", OVERLAPPING, "--json").json
    points = sum(round(10 * factor["points"]) for factor in risk["factors"])
    assert 500 + points == round(10 * risk["likelihood"])
    assert round(10 * risk["likelihood"]) + round(10 * risk["impact"]) - 500 == round(10 * risk["score"])
    assert risk["impact"] > 0
    assert {conflict["code"] for conflict in risk["conflicts"]} >= {"SAME_CI"}
    assert risk["slots"]
    printed = headwater("risk", OVERLAPPING)
    assert printed.status == 0
    assert f"= {risk['likelihood']:.1f}" in printed.out
    assert max(map(len, printed.out.splitlines())) <= 80


def test_conflicts_of_a_real_change_name_its_partner(grid: Any) -> None:
    headwater, _ = grid
    found = headwater("conflicts", "--change", OVERLAPPING, "--json").json["conflicts"]
    partners = {change["externalId"] for conflict in found for change in conflict["changes"]}
    assert ITS_PARTNER in partners


async def test_a_real_change_is_heard_by_the_next_board(grid: Any, tmp_path: Path) -> None:
    headwater, _ = grid
    await call_a_board(database_of(grid))
    start = SystemClock().now().replace(microsecond=0) + timedelta(days=20)
    window = f"{start.isoformat()},{(start + timedelta(hours=5)).isoformat()}"
    moved = tmp_path / "moved.csv"
    moved.write_text(
        "external_id,type,state,planned_start,planned_end,downtime_start,downtime_end\n"
        f"{OVERLAPPING},MAJOR,AUTHORISE,{window},{window}\n",
        encoding="utf-8",
    )
    assert headwater("import", "csv", "--kind", "changes", moved, "--json").json["updated"] == 1
    agenda = headwater("agenda", "--json")
    assert agenda.status == 0
    assert [item["change"]["externalId"] for item in agenda.json["items"]] == [OVERLAPPING]
    assert agenda.json["items"][0]["reason"]


async def call_a_board(database: Path) -> None:
    runtime = await Runtime.open(f"sqlite:///{database}")
    try:
        seats = [
            cab.SeatPlan(await people.create_person(runtime.ports, SYSTEM, PersonFacts(name=name)), role)
            for name, role in (("Ada", MemberRole.CHAIR), ("Grace", MemberRole.DEPUTY), ("Edsger", MemberRole.MEMBER))
        ]
        facts = SeriesFacts(rrule="FREQ=WEEKLY;BYDAY=WE", local_start="10:00", minutes=60, quorum=2)
        series = await cab.define_series(runtime.ports, SYSTEM, "Grid CAB", facts)
        await cab.set_members(runtime.ports, SYSTEM, series, 1, seats)
        await cab.schedule_series(runtime.ports, SYSTEM, series, SystemClock().now() + timedelta(days=15))
    finally:
        await runtime.stop()


def database_of(grid: Any) -> Path:
    _, imported = grid
    return Path(imported.json["rejectFile"]).parent / "headwater.db"


def changes_of(database: Path) -> dict[str, frozenset[str]]:
    """The targets of every change by external ids, read past the product."""
    targets: dict[str, set[str]] = defaultdict(set)
    with sqlite3.connect(database) as record:
        for change, ci in record.execute(
            "SELECT change.external_id, ci.external_id FROM change_target"
            " JOIN change ON change.id = change_id JOIN ci ON ci.id = ci_id"
        ):
            targets[change].add(ci)
    return {change: frozenset(cis) for change, cis in targets.items()}
