"""Real notices of carriers, against what another reader of them found (published beside the notices)."""

import json
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.imports.columns import Unreadable
from api.imports.notice_windows import window_of
from api.imports.notices import Notice, notices_of
from domain.change.model import Change, ChangeState
from domain.ci.model import ConfigurationItem
from domain.kernel.time import Window

RESULTS = ("_result.json", "_parser_result.json", "_html_parser_result.json", ".json")
STATES = {
    "CONFIRMED": ChangeState.SCHEDULED,
    "RE-SCHEDULED": ChangeState.SCHEDULED,
    "IN-PROCESS": ChangeState.IMPLEMENT,
    "COMPLETED": ChangeState.CLOSED,
    "CANCELLED": ChangeState.CANCELLED,
}
FOUND_OTHERWISE = {
    # The published result is that of hgc1: the notice itself names another window and another circuit.
    "hgc/hgc2.eml": "window and circuits",
    # The other reader calls what is only scheduled in process.
    "lumen/lumen3.html": "state",
    "lumen/lumen4.html": "state",
}
REFUSED = {
    "apple/apple1.eml": "names no circuit",
    "cogent/cogent1.html": "names no window with a start, an end and their zone",
    "cogent/cogent2.html": "names no window with a start, an end and their zone",
    "cogent/cogent3.eml": "names no window with a start, an end and their zone",
    "email/test_sample_message.eml": "names no window with a start, an end and their zone",
    "google/google1.html": "names no circuit",
    "google/google2.eml": "names no circuit",
    "lumen/lumen8.html": "names several windows",
    "lumen/subject_work_planned": "names no window with a start, an end and their zone",
    "ntt/ntt2": "DTSTART: '20201013Z' is no instant",
    "turkcell/turkcell1.html": "names no circuit",
    "turkcell/turkcell2.html": "names no circuit",
}
"""Peerings without circuits, local times of a place, two nights, a broken calendar, and what is no notice."""

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def archive(shared: Path) -> Path:
    return shared / "circuit_maintenance" / "notifications.tar.gz"


@pytest.fixture(scope="module")
def files(archive: Path) -> Files:
    with tarfile.open(archive) as opened:
        members = [(member.name, opened.extractfile(member)) for member in opened.getmembers() if member.isfile()]
        return {name: content.read() for name, content in members if content is not None}


@pytest.fixture(scope="module")
def published(files: Files) -> dict[str, list[dict[str, Any]]]:
    """What the other reader found in every notice."""
    found = {}
    for name in (name for name in files if not name.endswith((".json", "_subject.txt"))):
        stem = name if name.split("/")[0] in {"arelion", "ntt"} else name.rpartition(".")[0]
        results = [files[stem + ending] for ending in RESULTS if stem + ending in files]
        found[name] = json.loads(results[0]) if results else []
    return found


def test_a_notice_is_read_as_published_or_refused(files: Files, published: dict[str, Any]) -> None:
    differing, refused = set(), {}
    for name, expected in published.items():
        for place, found in enumerate(notices_of(files[name])):
            if isinstance(found, Unreadable):
                refused[name] = str(found)
            elif not agrees(found, expected[place]):
                differing.add(name)
    assert refused == REFUSED
    assert differing == FOUND_OTHERWISE.keys()


def agrees(found: Notice, expected: dict[str, Any]) -> bool:
    window = (found.window.start.timestamp(), found.window.end.timestamp())
    circuits = {" ".join(circuit["circuit_id"].split()) for circuit in expected["circuits"]}
    status = expected.get("status")
    is_ours = found.reference.startswith("window-")  # the other reader invents one, too
    return (
        window == (expected["start"], expected["end"])
        and set(found.circuits) == circuits
        and (status is None or found.state is STATES[status])
        and (is_ours or found.reference == expected["maintenance_id"])
    )


def test_an_extended_window_ends_later(files: Files) -> None:
    (found,) = notices_of(files["tata/tata_extension_body.html"])
    assert isinstance(found, Notice)
    assert found.window == Window(datetime(2024, 11, 12, 14, tzinfo=UTC), datetime(2024, 11, 12, 22, tzinfo=UTC))
    assert found.state is ChangeState.IMPLEMENT


async def test_notices_of_one_maintenance_are_one_change(
    bench: Any, archive: Path, files: Files, published: dict[str, Any]
) -> None:
    place = bench.copy(archive.parent) / archive.name
    summary = await bench.take("circuits", place)
    told = [found for name in published for found in notices_of(files[name]) if isinstance(found, Notice)]
    subjects = [name for name in files if name.endswith("_subject.txt")]
    assert summary.rejected == len(REFUSED) + len(subjects)
    assert summary.read == len(told) + len(REFUSED) + len(subjects)
    assert summary.ignored == sum(name.endswith(".json") for name in files)
    changes, circuits = await bench.all(Change), await bench.names(ConfigurationItem)
    assert changes.keys() == {found.external_id for found in told}
    assert set(circuits.values()) == {f"circuit:{circuit}" for found in told for circuit in found.circuits}
    again = await bench.take("circuits", place)
    assert (again.created, again.updated, again.unchanged) == (0, 0, len(changes))


async def test_a_cancellation_cancels_and_invents_nothing(bench: Any, files: Files) -> None:
    await bench.take("circuits", bench.write("note.ics", files["arelion/arelion1"].decode()))
    change = (await bench.all(Change))["arelion.com:PWIC111111.1"]
    names = await bench.names(ConfigurationItem)
    assert change.state is ChangeState.CANCELLED
    assert change.planned_start == datetime(2021, 8, 10, 4, tzinfo=UTC)
    assert change.planned_end == datetime(2021, 8, 10, 12, tzinfo=UTC)
    assert change.recorded_at == datetime(2021, 8, 2, 8, 5, 6, tzinfo=UTC)
    assert {names[target.ci_id] for target in change.targets} == {"circuit:IC-111111", "circuit:IC-222222"}
    assert (change.downtime_start, change.actual_start, change.outcome, change.rollback_minutes) == (None,) * 4


async def test_a_later_notice_amends_and_one_without_circuits_keeps_them(bench: Any, files: Files) -> None:
    await bench.take("circuits", bench.write("one.html", files["crowncastle/crowncastle8.html"].decode()))
    await bench.take("circuits", bench.write("two.html", files["crowncastle/crowncastle6.html"].decode()))
    change = (await bench.all(Change))["crowncastle.com:CM20231201000"]
    names = await bench.names(ConfigurationItem)
    assert change.state is ChangeState.CLOSED
    assert change.planned_start == datetime(2023, 12, 3, 3, tzinfo=UTC)
    assert [names[target.ci_id] for target in change.targets] == ["circuit:666666-WAVE-CCF"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["Start: 06/11/2021 00:00 UTC", "End: 06/11/2021 03:00 UTC"], "whether the day or the month comes first"),
        (["Start: 2021-11-06 00:00", "End: 2021-11-06 03:00"], "names no window"),
        (["Start: 2021-11-06 00:00 IST", "End: 2021-11-06 03:00 IST"], "names no window"),
        (["Start: 2021-11-06 00:00 +9120", "End: 2021-11-06 03:00 +9120"], "names no window"),
        (["Start: 2021-11-06 03:00 UTC", "End: 2021-11-06 00:00 UTC"], "ends before it starts"),
        (["from 2021-11-06 00:00 UTC to 2021-11-06 03:00 UTC", "extended until tomorrow"], "is extended"),
        (["Start: 2021-02-30 00:00 UTC", "End: 2021-03-01 03:00 UTC"], "is no time"),
    ],
)
def test_no_window_is_guessed(lines: list[str], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        window_of(lines)


@pytest.mark.parametrize(
    "lines",
    [
        ["Start Time: 2 May 2023 14:00 UTC", "End Time: 2 May 2023 16:00 UTC"],
        ["SCHEDULE: (UTC):", "02-May-2023 14:00 - 02-May-2023 16:00"],
        ["5/2/2023 | 2:00 PM | 5/2/2023 | 4:00 PM | GMT", "5/2/2023 | 10:00 AM | 5/2/2023 | 12:00 PM | Eastern"],
        ["Event Start: | 05/02/23 10:00 ET", "Event End: | 05/02/23 12:00 ET"],
        ["Start:", "02.05.2023 17:00 GMT+3", "End:", "02.05.2023 19:00 GMT+3"],
        ["from 2023-05-02 14:00:00 +0000 UTC to 2023-05-02 16:00:00 +0000 UTC"],
    ],
)
def test_one_window_in_many_ways(lines: list[str]) -> None:
    assert window_of(lines) == Window(datetime(2023, 5, 2, 14, tzinfo=UTC), datetime(2023, 5, 2, 16, tzinfo=UTC))
