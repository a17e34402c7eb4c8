"""The locks are exact, hashed, free of addresses, and agree with each other (ADR 0012)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>\S+)(?: ; (?P<marker>.+?))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")
RUNTIME, DEVELOPMENT = "requirements.lock", "requirements-dev.lock"


def faults(lock: str) -> Iterator[str]:
    """Name every line that is neither an exact pin nor a hash of one, and every pin without a hash."""
    lines = lock.splitlines()
    for number, line in enumerate(lines, start=1):
        if PIN.match(line):
            if not any(HASH.match(following) for following in lines[number : number + 1]):
                yield f"line {number}: {line} has no hash"
        elif not HASH.match(line):
            yield f"line {number}: {line}"


def pins(lock: str) -> set[tuple[str, str]]:
    """Return name and version of everything pinned."""
    return {(pin["name"], pin["version"]) for line in lock.splitlines() if (pin := PIN.match(line))}


@pytest.mark.parametrize("name", [RUNTIME, DEVELOPMENT])
def test_a_lock_holds_exact_pins_and_hashes_only(repository: Path, name: str) -> None:
    lock = (repository / name).read_text(encoding="utf-8")
    assert list(faults(lock)) == []
    assert pins(lock)


def test_tests_run_on_what_users_run(repository: Path) -> None:
    runtime, development = ((repository / name).read_text(encoding="utf-8") for name in (RUNTIME, DEVELOPMENT))
    assert pins(runtime) <= pins(development)


@pytest.mark.parametrize(
    "lock",
    [
        "--index-url https://registry.example/simple\n",
        "arq @ https://files.example/arq.whl\n",
        "arq>=0.28\n",
        "arq==0.28.0 \\\nrich==15.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n",
    ],
)
def test_catches_a_faulty_lock(lock: str) -> None:
    assert list(faults(lock))
