"""The compose file without an engine: the schema holds, every reference leads somewhere, no secret has a default."""

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic_settings import BaseSettings
from ruamel.yaml import YAML
from typer.main import get_command

from api.app import create_app
from api.cli.app import app as program
from api.settings import ApiSettings
from domain.store.settings import StoreSettings
from graph.settings import GraphSettings
from tests.deployment.compose import Document, House, faults, variables
from workers.settings import WorkerSettings

ROOT = Path(__file__).parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SETTINGS: tuple[type[BaseSettings], ...] = (ApiSettings, GraphSettings, StoreSettings, WorkerSettings)


def read(text: str) -> Any:
    """Return the document with its anchors and merges resolved."""
    document = YAML(typ="safe", pure=True).load(text)
    return {key: value for key, value in document.items() if not key.startswith("x-")}


@pytest.fixture(scope="module")
def compose() -> Any:
    return read(COMPOSE.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def house() -> House:
    commands = get_command(program).commands  # type: ignore[attr-defined]
    return House(
        commands={name: {o for given in command.params for o in given.opts} for name, command in commands.items()},
        settings={f"HEADWATER_{name}".upper() for kind in SETTINGS for name in kind.model_fields},
        paths={getattr(route, "path", "") for route in create_app().routes},
    )


def test_it_is_what_the_compose_specification_allows() -> None:
    checker = [str(Path(sys.executable).parent / "check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run([*checker, str(COMPOSE)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_every_reference_leads_somewhere(compose: Any, house: House) -> None:
    assert faults(compose, house) == []


def test_the_stack_is_whole(compose: Any) -> None:
    assert list(compose["services"]) == ["api", "worker", "relay", "postgres", "neo4j", "redis"]
    assert [name for name, service in compose["services"].items() if service.get("ports")] == ["api"]
    assert compose["networks"]["back"]["internal"]


Spoil = Callable[[Any], object]

SPOILT: dict[str, Spoil] = {
    "api: depends on mysql, which is no service": lambda services: services["api"]["depends_on"].update(
        mysql={"condition": "service_started"}
    ),
    "api: waits for postgres to be healthy, which is never checked": lambda services: services["postgres"].update(
        healthcheck={"disable": True}
    ),
    "postgres: mounts data, which is no named volume": lambda services: services["postgres"]["volumes"].append(
        "data:/x"
    ),
    "redis: joins side, which is not declared": lambda services: services["redis"]["networks"].append("side"),
    "relay: shares no network with redis": lambda services: services["redis"].update(networks=["front"]),
    "redis: has no limit on memory": lambda services: services["redis"]["deploy"]["resources"]["limits"].pop("memory"),
    "neo4j: may gain privileges": lambda services: services["neo4j"].pop("security_opt"),
    "neo4j: has an image without a version": lambda services: services["neo4j"].update(image="neo4j"),
    "api: can write to its own files or keeps capabilities": lambda services: services["api"].update(read_only=False),
    "api: HEADWATER_REDIS_URL leads to queue, which is no service": lambda services: services["api"][
        "environment"
    ].update(HEADWATER_REDIS_URL="redis://queue:6379"),
    "api: HEADWATER_REDIS_ULR is no setting": lambda services: services["api"]["environment"].update(
        HEADWATER_REDIS_ULR="redis://redis"
    ),
    "api: headwater sreve is no command": lambda services: services["api"]["command"].__setitem__(1, "sreve"),
    "api: headwater serve has no --prot": lambda services: services["api"]["command"].append("--prot"),
    "api: its health is asked at /ready, which is no path": lambda services: services["api"]["healthcheck"].update(
        test=["CMD", "curl", "http://127.0.0.1:8000/ready"]
    ),
    "postgres: POSTGRES_PASSWORD is written down": lambda services: services["postgres"]["environment"].update(
        POSTGRES_PASSWORD="hunter2"
    ),
    "NEO4J_PASSWORD may be left empty": lambda services: services["neo4j"]["environment"].update(
        NEO4J_AUTH="neo4j/${NEO4J_PASSWORD:-neo4j}"
    ),
    "volumes: graph is used by nobody": lambda services: services["neo4j"].update(volumes=[]),
}


@pytest.mark.parametrize("fault", SPOILT)
def test_what_is_wrong_is_found(fault: str, compose: Any, house: House) -> None:
    spoilt = copy.deepcopy(compose)
    SPOILT[fault](spoilt["services"])
    assert fault in faults(spoilt, house)


def test_the_example_names_every_variable_and_gives_no_secret_away(compose: Document) -> None:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    example = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    asked = variables(read(COMPOSE.read_text(encoding="utf-8")))
    required = {name for name, uses in asked.items() if any(use.startswith(":?") for use in uses)}
    assert {name for name, value in example.items() if not value} == required
    assert set(example) - required <= asked.keys()
    ignored = subprocess.run(["git", "check-ignore", "-q", ".env"], cwd=ROOT, check=False)
    assert ignored.returncode == 0
