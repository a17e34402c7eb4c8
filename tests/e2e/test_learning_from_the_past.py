"""`headwater calibration` and `headwater causes` on the demo: what its past teaches, and what may have caused what."""

from collections.abc import Callable
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import pytest

VOID = {"meta", "br", "circle", "line", "path", "polyline"}


class Page(HTMLParser):
    """Holds that every element is closed and gathers what the page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, headwater_in: Callable) -> Callable:
    folder = tmp_path_factory.mktemp("calibration")
    headwater = headwater_in(folder)
    seeded = headwater("demo", "--report-only", "--as-of", "2026-11-23T08:00", "--database", "sqlite:///bank.db")
    assert seeded.status == 0, seeded.err

    def run(command: str, *arguments: str | Path):
        return headwater(command, "--database", "sqlite:///bank.db", *arguments)

    return run


@pytest.fixture
def demo(bank: Callable) -> Callable:
    return partial(bank, "calibration")


def test_looking_says_what_it_stands_on_and_stores_nothing(demo: Callable) -> None:
    shown = demo()
    assert shown.status == 0, shown.err
    assert "matured changes of which" in shown.out
    assert "not stored" in shown.out
    answer = demo("--json").json
    assert (answer["stored"], answer["active"]) == (False, 0)
    assert answer["changes"] >= 300
    assert answer["trial"]["gain"]["low"] <= answer["trial"]["gain"]["value"] <= answer["trial"]["gain"]["high"]


def test_the_page_is_whole_and_fetches_nothing(demo: Callable, tmp_path: Path) -> None:
    page = tmp_path / "calibration.html"
    assert demo("--html", page).status == 0
    read = Page()
    read.feed(page.read_text(encoding="utf-8"))
    assert read.open == []
    assert read.fetched == []
    assert read.tags.count("svg") == 3
    assert "script" not in read.tags


def test_a_fit_is_kept_put_to_use_and_replaced_by_the_shipped_weights(demo: Callable) -> None:
    kept = demo("--fit", "--json").json
    number = kept["number"]
    assert (kept["stored"], kept["active"], kept["version"]) == (True, 0, f"risk-{number}")
    assert demo("--activate", str(number), "--json").json["active"] == number
    assert demo("--number", str(number), "--json").json["version"] == f"risk-{number}"
    again = demo("--activate", str(number))
    assert again.status == 2
    assert "in use already" in again.err
    assert demo("--activate", "0", "--json").json["active"] == 0
    missing = demo("--number", "99")
    assert missing.status == 2
    assert "--number" in missing.err


def test_what_is_looked_at_as_of_then_is_neither_kept_nor_put_to_use(demo: Callable) -> None:
    then = demo("--as-of", "2026-06-01T00:00Z", "--json").json
    assert then["changes"] != demo("--json").json["changes"]
    refused = demo("--as-of", "2026-06-01T00:00Z", "--fit")
    assert refused.status == 2
    assert "looks back only" in refused.err


def test_the_changes_an_incident_may_come_from_are_listed_with_their_parts(bank: Callable) -> None:
    told = bank("causes", "INC0000100", "--json").json
    shares = [candidate["share"] for candidate in told["candidates"]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) + told["noneShare"] == pytest.approx(1)
    shown = bank("causes", "INC0000100")
    assert shown.status == 0, shown.err
    for candidate in told["candidates"]:
        parts = 2.0 ** -candidate["hops"] * 2.0 ** (-candidate["hoursBefore"] / 24) * candidate["failureRate"]
        assert candidate["weight"] == pytest.approx(parts)
        assert candidate["change"]["number"] in shown.out
    first = told["candidates"][0]["change"]["number"]
    stated = bank("causes", "INC0000100", "--change", first, "--verdict", "caused_by", "--json").json
    assert (stated["candidates"][0]["change"]["number"], stated["candidates"][0]["share"]) == (first, 1.0)
    assert (stated["candidates"][0]["verdict"], stated["noneShare"]) == ("CAUSED_BY", 0.0)
    twice = bank("causes", "INC0000100", "--change", first, "--verdict", "caused_by")
    assert (twice.status, "linked as CAUSED_BY already" in twice.err) == (2, True)
    withdrawn = bank("causes", "INC0000100", "--change", first, "--verdict", "caused_by", "--withdraw", "--json").json
    assert withdrawn["candidates"] == told["candidates"]
    assert bank("causes", "INC0000100", "--change", first).status == 2
    missing = bank("causes", "INC9999999")
    assert missing.status == 2
    assert "INC9999999" in missing.err
