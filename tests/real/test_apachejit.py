"""ApacheJIT: commits of Apache projects with what they changed and whether they broke something (ENGINES 1.8).

It tests the fitter alone: the measures of a commit are x, without names or meanings of ours. Trained on the earlier
commits it must rank the later ones better than lines added and deleted do.
"""

import csv
import gzip
from collections.abc import Sequence
from math import log
from pathlib import Path

import pytest

from domain.risk.calibration import area_under_curve, ranking_gain
from domain.risk.fitting import FitProblem, FitRow
from workers.solvers.risk_fitter import ScipyRiskFitter

COMMITS = "software_changes/apachejit_test_small.csv.gz"
RISING = ("la", "ld", "nf", "nd", "ns", "ent", "nuc", "ndev", "age")
"""Lines added and deleted, files, directories and subsystems touched, entropy, earlier changes and developers, age."""

FALLING = ("aexp", "arexp", "asexp")
"""The author's experience, all in all, recently, in the subsystem: the more, the safer."""

TRAINED_SHARE = 2 / 3
PRIOR_SD = 0.5


def test_the_fitter_beats_the_number_of_lines_on_later_commits(shared: Path) -> None:
    commits = read_commits(shared / COMMITS)
    cut = round(len(commits) * TRAINED_SHARE)
    trained, later = commits[:cut], commits[cut:]
    assert trained[-1]["author_date"] <= later[0]["author_date"]
    middles = [middle([measures(commit)[column] for commit in trained]) for column in range(len(RISING + FALLING))]
    fit = ScipyRiskFitter().fit(
        FitProblem(
            prior_intercept=log(0.2 / 0.8),
            intercept_sd=3.0,
            prior_weights=(0.0,) * len(middles),
            prior_sds=(PRIOR_SD,) * len(middles),
            rows=tuple(FitRow(away(commit, middles), label(commit), 1.0) for commit in trained),
        )
    )
    scores = [sum(w * x for w, x in zip(fit.weights, away(commit, middles), strict=True)) for commit in later]
    lines = [commit["la"] + commit["ld"] for commit in later]
    labels = [label(commit) for commit in later]
    gain = ranking_gain([round(commit["author_date"]) for commit in later], labels, scores, lines)
    assert gain.low > 0
    assert area_under_curve(scores, labels) == pytest.approx(area_under_curve(lines, labels) + gain.value)


def read_commits(path: Path) -> list[dict[str, float]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = [
            {name: float(row[name]) for name in (*RISING, *FALLING, "author_date")}
            | {"buggy": float(row["buggy"] == "True")}
            for row in csv.DictReader(file)
        ]
    return sorted(rows, key=lambda row: row["author_date"])


def label(commit: dict[str, float]) -> float:
    return commit["buggy"]


def measures(commit: dict[str, float]) -> list[float]:
    rising = [log(1 + commit[name]) for name in RISING]
    return rising + [-log(1 + commit[name]) for name in FALLING]


def away(commit: dict[str, float], middles: Sequence[float]) -> tuple[float, ...]:
    return tuple(x - middle for x, middle in zip(measures(commit), middles, strict=True))


def middle(values: Sequence[float]) -> float:
    return sorted(values)[len(values) // 2]
