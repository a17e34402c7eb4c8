"""Incidents and problems of a car maker, as logs of what happened to them."""

from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from domain.ci.model import ConfigurationItem
from domain.incident.model import Incident, IncidentState
from domain.people.model import Team
from domain.problem.model import Problem, ProblemState
from domain.usecases.importing_drafts import Kind

Events = dict[str, list[dict[str, str]]]


@pytest.fixture(scope="module")
def logs(shared: Path, rows_of: Any) -> dict[str, Events]:
    """The events of every case of the three files, in their order."""
    found: dict[str, Events] = {}
    for name in ("incidents", "closed_problems", "open_problems"):
        cases: Events = defaultdict(list)
        for row in rows_of(shared / "bpi2013" / f"{name}.csv.gz"):
            cases[row["case"]].append(row)
        found[name] = {case: sorted(events, key=at) for case, events in cases.items()}
    return found


def at(event: dict[str, str]) -> datetime:
    return datetime.fromisoformat(event["time:timestamp"])


async def test_problems_in_two_files_are_told_by_the_one_that_knows_the_beginning(
    bench: Any, shared: Path, logs: dict[str, Events]
) -> None:
    closed, still_open = logs["closed_problems"], logs["open_problems"]
    place = bench.copy(shared / "bpi2013", "closed_problems.csv.gz", "open_problems.csv.gz")
    summary = await bench.take("bpi2013", place)
    assert (summary.rejected, summary.ignored) == (0, len(closed.keys() & still_open.keys()))
    assert summary.read == sum(len(events) for cases in (closed, still_open) for events in cases.values())
    problems = await bench.all(Problem)
    assert problems.keys() == closed.keys() | still_open.keys()
    for case, problem in problems.items():
        assert problem.opened_at == min(at(log[case][0]) for log in (closed, still_open) if case in log), case
    states = Counter(problem.state for problem in problems.values())
    ends = Counter({**still_open, **closed}[case][-1]["lifecycle:transition"] for case in problems)
    assert states[ProblemState.CLOSED] == ends["Closed"]
    assert states[ProblemState.NEW] == ends["Awaiting Assignment"]
    assert states[ProblemState.ANALYSIS] == ends["In Progress"] + ends["Assigned"] + ends["Wait"]
    assert all(
        (problem.resolved_at is None) == (problem.state is not ProblemState.CLOSED) for problem in problems.values()
    )
    again = await bench.take("bpi2013", place)
    assert (again.created, again.updated, again.unchanged) == (0, 0, len(problems))


async def test_incidents_have_the_state_and_times_of_their_last_events(
    bench: Any, shared: Path, logs: dict[str, Events]
) -> None:
    cases = logs["incidents"]
    summary = await bench.take("bpi2013", bench.copy(shared / "bpi2013", "incidents.csv.gz"))
    incidents = await bench.all(Incident)
    teams, products = await bench.all(Team), await bench.all(ConfigurationItem)
    assert summary.created == len(incidents) + len(teams) + len(products)
    assert incidents.keys() == cases.keys()
    assert teams.keys() == {events[-1]["org:group"] for events in cases.values()}
    assert products.keys() == {events[0]["product"] for events in cases.values()}
    assert Counter(incident.state for incident in incidents.values()) == {
        IncidentState.ARCHIVED: 3_259,
        IncidentState.RESOLVED: 495 + 21,
        IncidentState.CANCELLED: 1,
    }
    for case, incident in incidents.items():
        assert incident.opened_at == at(cases[case][0]), case
        assert incident.resolved_at == last_completion(cases[case]), case
        assert incident.assignee_id is None
        assert incident.change_links == []


def last_completion(events: list[dict[str, str]]) -> datetime | None:
    """When the case was completed for good: the first event of the last unbroken run of completed ones."""
    completed = None
    for event in events:
        if event["concept:name"] == "Completed":
            completed = completed or at(event)
        elif event["concept:name"] != "Unmatched":
            completed = None
    return None if events[-1]["lifecycle:transition"] == "Cancelled" else completed


async def test_rows_that_cannot_be_read_are_rejects_with_line_and_reason(bench: Any) -> None:
    header = "case;time:timestamp;concept:name;lifecycle:transition;product"
    log = f"{header}\n1;2012-01-01T10:00:00+01:00;Accepted;In Progress;caf\xe9\n;x;x;x;x\n2;yesterday;a;b;c\n"
    summary = await bench.take("bpi2013", bench.write("log.csv", log, "latin-1"), kind=Kind.PROBLEMS)
    assert [shown.partition(", ")[2] for shown in summary.first_rejects] == [
        "line 3: case: is required",
        "line 4: time:timestamp: must be a time such as 29/2/2016 01:16 or 2016-02-29 01:16:00",
    ]
    assert {problem.title for problem in (await bench.all(Problem)).values()} == {"Problem 1 with caf\xe9"}
