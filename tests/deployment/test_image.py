"""The image without an engine: the Dockerfile lints, and what it copies is all that the program needs."""

import re
import subprocess
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BIN = Path(sys.executable).parent
NEEDED = (
    "api/graphiql/index.html",
    "api/graphiql/graphiql.min.js",
    "api/graphiql/LICENSE.graphiql",
    "api/cli/calibration.css",
    "domain/store/migrations/script.py.mako",
    "domain/store/migrations/env.py",
)


def test_the_linter_has_nothing_to_say() -> None:
    linted = subprocess.run(
        [str(BIN / "hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (linted.returncode, linted.stdout) == (0, "")


def test_it_is_built_in_stages_from_the_hashed_lock_and_runs_as_nobody_special() -> None:
    stages = DOCKERFILE.split("\nFROM ")[1:]
    assert len(stages) == 2
    build, image = stages
    assert "--require-hashes --requirement requirements.lock" in build
    assert "pip" not in image.replace("pipefail", "")
    assert re.search(r"^USER 10001:10001$", image, re.MULTILINE)
    assert "HEALTHCHECK" in image
    assert "/readyz" in image


def test_what_is_copied_is_there_and_not_ignored() -> None:
    sources = [
        word.rstrip("/")
        for line in re.findall(r"^COPY (?!--from)(.*) \./?\S*$", DOCKERFILE, re.MULTILINE)
        for word in line.split()
    ]
    allowed = [
        line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line.startswith("!")
    ]
    assert sources
    for source in sources:
        assert (ROOT / source).exists(), source
        assert source in allowed, source
    assert set(allowed) == set(sources)


def test_only_what_is_named_enters_the_build() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not any(fnmatch(".env", rule[1:]) for rule in rules if rule.startswith("!"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as the image installs it."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "api", "domain", "graph", "workers"):
        subprocess.run(["cp", "-r", str(ROOT / name), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    subprocess.run([*command, str(folder), str(source)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_package_holds_every_file_the_program_opens(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
    assert [name for name in NEEDED if name not in names] == []
    revisions = {path.name for path in (ROOT / "domain/store/migrations/versions").glob("*.py")}
    assert {Path(name).name for name in names if "/versions/" in name} == revisions
    assert not [name for name in names if name.startswith(("tests/", "bench/"))]
