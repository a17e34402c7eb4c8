"""Commits of Apache projects as closed changes."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.change.model import Change, ChangeOutcome, ChangeState
from domain.ci.model import ConfigurationItem

ROWS = 800


async def test_a_commit_is_a_closed_change_with_its_label_as_outcome(bench: Any, shared: Path, rows_of: Any) -> None:
    path = bench.sample(shared / "software_changes" / "apachejit_test_small.csv.gz", ROWS)
    commits = {row["commit_id"]: row for row in rows_of(path)}
    projects = {row["project"] for row in commits.values()}
    summary = await bench.take("apachejit", path)
    assert (summary.read, summary.created, summary.rejected) == (ROWS, len(commits) + len(projects), 0)
    changes, cis = await bench.all(Change), await bench.names(ConfigurationItem)
    assert Counter(change.outcome for change in changes.values()) == {
        ChangeOutcome.UNSUCCESSFUL: sum(row["buggy"] == "True" for row in commits.values()),
        ChangeOutcome.SUCCESSFUL: sum(row["buggy"] == "False" for row in commits.values()),
    }
    for commit, change in changes.items():
        row = commits[commit]
        assert change.state is ChangeState.CLOSED
        assert change.actual_start == datetime.fromtimestamp(int(row["author_date"]), UTC)
        assert [cis[target.ci_id] for target in change.targets] == [row["project"]]
        assert f"la: {row['la']}\n" in change.description
        assert (change.planned_start, change.team_id, change.requester_id) == (None, None, None)
    again = await bench.take("apachejit", path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, len(commits))


async def test_a_commit_without_a_label_or_a_time_is_a_reject(bench: Any) -> None:
    log = "commit_id,project,buggy,author_date\na,p,,1\nb,p,True,today\nc,p,False,1434391442\n"
    summary = await bench.take("apachejit", bench.write("commits.csv", log))
    assert summary.first_rejects == [
        "commits.csv, line 2: buggy: is required",
        "commits.csv, line 3: author_date: must be a whole number",
    ]
    assert (await bench.all(Change)).keys() == {"c"}
