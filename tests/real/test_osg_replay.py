"""The grid's calendar as it was once ahead: every assessment of it replays from its inputs and from the log."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

AHEAD_FROM = "2019-01-01T00:00Z"


def test_every_assessment_of_the_grid_replays_to_the_last_bit(
    shared: Path, tmp_path: Path, headwater_in: Callable[..., Any]
) -> None:
    headwater = headwater_in(tmp_path)
    assert headwater("import", "osg", shared / "osg_topology", "--as-of", AHEAD_FROM, "--json").status in (0, 1)
    assert headwater("conflicts", "--json").status == 0
    plain, deep = headwater("replay", "--json").json, headwater("replay", "--deep", "--json").json
    assert plain["replayed"] == deep["replayed"] > 100
    assert plain["different"] == deep["different"] == []
