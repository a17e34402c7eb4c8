"""OSG: few changes went wrong, so the report gives the gain with its interval and claims nothing (ENGINES 1.8)."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

AS_OF = "2023-12-01T00:00Z"


def test_the_gain_comes_with_its_interval_and_nothing_is_claimed(
    shared: Path, tmp_path: Path, headwater_in: Callable[..., Any]
) -> None:
    headwater = headwater_in(tmp_path)
    headwater("import", "osg", shared / "osg_topology")
    report = headwater("calibration", "--as-of", AS_OF, "--json").json
    gain = report["trial"]["gain"]
    assert gain["low"] < 0 < gain["high"]
    assert 0 < report["positives"] < 10
    assert not report["isCalibrated"]
    assert report["findings"][0].startswith("Not calibrated")
    assert any(finding.startswith("No gain in ranking is proved") for finding in report["findings"])
