"""The import contracts of `.importlinter` hold, and each of them catches an offender.

The offenders are planted together in a copy of the product, which is then checked once.
"""

import configparser
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

OFFENDERS: Mapping[str, str] = {
    "domain/kernel/offender.py": "import domain.risk\nimport api\n",
    "domain/risk/offender.py": "import domain.conflict\nimport sqlalchemy\n",
    "domain/cab/offender.py": "import arq\nimport ortools\nimport httpx\n",
    "domain/stray/__init__.py": "",
    "domain/store/offender.py": "import strawberry\nimport rich\nimport domain.usecases\n",
    "workers/offender.py": "import api\nimport neo4j\nimport domain.store.offender\n",
    "graph/offender.py": "import domain.store.offender\nimport sqlite3\n",
    "graph/here/__init__.py": "import graph.there\n",
    "graph/there/__init__.py": "import graph.here\n",
    "api/offender.py": "import workers.offender\nimport graph.offender\nimport redis\n",
}
CAUGHT = [
    ("tops", "domain.kernel.offender -> api"),
    ("tops", "workers.offender -> api"),
    ("domain", "domain.kernel.offender -> domain.risk"),
    ("domain", "domain.risk.offender -> domain.conflict"),
    ("domain", "domain.store.offender -> domain.usecases"),
    ("domain", "domain.stray"),
    ("siblings", "No cycles are allowed in graph."),
    ("sql", "domain.risk.offender -> sqlalchemy"),
    ("sql", "graph.offender -> sqlite3"),
    ("cypher", "workers.offender -> neo4j"),
    ("http", "domain.store.offender -> strawberry"),
    ("terminal", "domain.store.offender -> rich"),
    ("queue", "domain.cab.offender -> arq"),
    ("queue", "api.offender -> redis"),
    ("outward", "domain.cab.offender -> httpx"),
    ("numeric", "domain.cab.offender -> ortools"),
    ("adapters", "workers.offender -> domain.store.offender"),
    ("adapters", "api.offender -> graph.offender"),
    ("traversal", "graph.offender -> domain.store.offender"),
    ("runtime", "api.offender -> workers.offender"),
]


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"], cwd=root, capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture(scope="module")
def findings(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, str]:
    """What is found in the copy with the offenders, by contract."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(repository / ".importlinter", copy)
    for top in ("api", "domain", "graph", "workers"):
        shutil.copytree(repository / top, copy / top, ignore=shutil.ignore_patterns("__pycache__"))
    for path, source in OFFENDERS.items():
        (copy / path).parent.mkdir(exist_ok=True)
        (copy / path).write_text(source, encoding="utf-8")
    report = lint_imports(copy).stdout.partition("Broken contracts")[2]
    names = contract_names(repository)
    starts = sorted((report.find(f"\n{name}\n"), contract) for contract, name in names.items())
    ends = [start for start, _ in starts[1:]] + [len(report)]
    return {contract: report[start:end] for (start, contract), end in zip(starts, ends, strict=True) if start >= 0}


def contract_names(repository: Path) -> Mapping[str, str]:
    contracts = configparser.ConfigParser()
    contracts.read(repository / ".importlinter")
    prefix = "importlinter:contract:"
    return {name.removeprefix(prefix): contracts[name]["name"] for name in contracts if name.startswith(prefix)}


def test_the_house_keeps_its_contracts(repository: Path) -> None:
    outcome = lint_imports(repository)
    assert outcome.returncode == 0, outcome.stdout


@pytest.mark.parametrize(("contract", "offence"), CAUGHT)
def test_catches_an_offender(findings: Mapping[str, str], contract: str, offence: str) -> None:
    assert offence in findings.get(contract, "nothing")


def test_every_contract_has_its_offender(repository: Path) -> None:
    assert {contract for contract, _ in CAUGHT} == set(contract_names(repository))
