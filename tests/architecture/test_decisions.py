"""Every decision has its number, its five sections and its line in the index."""

import re
from pathlib import Path

SECTIONS = ["Context", "Decision", "Consequences", "Why", "Status"]


def test_decisions_are_numbered_without_a_gap(repository: Path) -> None:
    numbers = sorted(path.name[:4] for path in (repository / "docs/adr").glob("[0-9]*.md"))
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert numbers


def test_every_decision_has_its_five_sections_and_its_line_in_the_index(repository: Path) -> None:
    index = (repository / "docs/adr/README.md").read_text(encoding="utf-8")
    for path in (repository / "docs/adr").glob("[0-9]*.md"):
        text = path.read_text(encoding="utf-8")
        title = text.splitlines()[0].removeprefix(f"# {path.name[:4]}. ")
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS, path.name
        assert f"| [{path.name[:4]}]({path.name}) | {title} |" in index
