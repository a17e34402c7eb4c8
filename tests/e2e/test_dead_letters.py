"""`headwater dead-letters` over a change that could not be assessed for a while."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from tests.records import record_at
from workers.runtime import Runtime


@pytest.fixture
def headwater(tmp_path: Path, headwater_in: Callable[..., Any]) -> Any:
    return headwater_in(tmp_path)


@pytest.fixture
async def letter_id(tmp_path: Path) -> str:
    """The letter of a change whose work was given up."""
    runtime = await Runtime.open(record_at(tmp_path / "headwater.db"))
    async with runtime.ports.work(SYSTEM) as work:
        change = Change(id="c1", number="CHG1", external_id=None, title="t", recorded_at=work.now)
        work.add(change)
        work.record("change.requested", change)
        await work.commit()
    for lane in runtime.lanes[:3]:
        await lane.move()
    now = runtime.ports.clock.now()
    (row,) = await runtime.rechecks.claim(now, 10, now + timedelta(seconds=1))
    await runtime.rechecks.fail(row, "ValueError('broken')", now, None)
    (letter,) = await runtime.letters.all()
    await runtime.stop()
    return letter.id


def test_a_letter_is_listed_shown_and_tried_again(headwater: Any, letter_id: str) -> None:
    listed = headwater("dead-letters", "list", "--json")
    assert listed.status == 1
    (letter,) = listed.json["deadLetters"]
    assert (letter["id"], letter["consumer"], letter["subjectId"], letter["isParked"]) == (
        letter_id,
        "rechecks",
        "c1",
        True,
    )
    assert "parked" in headwater("dead-letters", "list").out
    shown = headwater("dead-letters", "show", letter_id, "--json").json
    assert (shown["error"], shown["event"]["kind"]) == ("ValueError('broken')", "change.requested")
    assert headwater("doctor").status == 1
    again = headwater("dead-letters", "retry", letter_id, "--json")
    assert (again.status, again.json) == (0, {"delivered": 1, "failed": []})
    assert headwater("dead-letters", "list", "--json").json == {"deadLetters": []}


def test_a_letter_is_discarded_for_good_and_printed(headwater: Any, letter_id: str) -> None:
    discarded = headwater("dead-letters", "discard", "--consumer", "rechecks", "--json")
    assert [letter["id"] for letter in discarded.json["discarded"]] == [letter_id]
    assert headwater("dead-letters", "list").status == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "nothing"), "ID: No dead letter 'nothing'."),
        (("retry", "nothing"), "ID: No dead letter 'nothing'."),
        (("retry",), "ID: name letters, or all of them"),
        (("discard", "--all", "some"), "ID: name letters, or all of them"),
    ],
)
def test_what_means_no_letter_is_refused(headwater: Any, letter_id: str, arguments: Any, told: str) -> None:
    refused = headwater("dead-letters", *arguments)
    assert (refused.status, told in refused.err) == (2, True)
    assert len(headwater("dead-letters", "list", "--json").json["deadLetters"]) == 1
