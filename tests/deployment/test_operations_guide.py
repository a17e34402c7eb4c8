"""The operations guide speaks of what is there: every metric, command, path and file it names exists."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from api.app import create_app
from api.cli.app import app as program
from tests.api.server import open_server

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs/operations").glob("*.md"))
GUIDE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
ELSEWHERE = {
    "headwater_restored",
    "headwater_owner",
    "headwater_app",
    "headwater_reader",
    "headwater_graph_lag_events",
}
"""Databases and roles, and the metric of a graph that this server does not have."""


async def test_every_metric_it_names_is_measured(tmp_path: Path) -> None:
    async with open_server(tmp_path) as server:
        await server.ask("{ viewer { name } }")
        exposed = (await server.client.get("/metrics")).text
    named = set(re.findall(r"headwater_[a-z_]+", GUIDE)) - ELSEWHERE
    assert len(named) > 8
    assert sorted(name for name in named if name.removesuffix("_") not in exposed) == []


def test_every_command_it_names_can_be_given() -> None:
    commands = set(get_command(program).commands)  # type: ignore[attr-defined]
    named = set(re.findall(r"(?:`|^)headwater ([a-z-]+)", GUIDE, re.MULTILINE))
    assert {"serve", "worker", "backup", "restore", "doctor"} <= named
    assert named - commands == set()


def test_every_path_it_names_is_served() -> None:
    served = {getattr(route, "path", "") for route in create_app().routes}
    assert set(re.findall(r"`(/[a-z]+z|/metrics)`", GUIDE)) <= served


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_it_names_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / link).exists(), link
    for name in re.findall(r"`((?:tests|docs)/[\w/.]+)`", text):
        assert (ROOT / name).exists(), name
