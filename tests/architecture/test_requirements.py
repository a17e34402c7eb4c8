"""The table of requirements is whole and true: every number once, and everything it points at exists."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

LAST = 224
THEMES = {
    "the spine",
    "real stack",
    "live API",
    "incident process",
    "SLA",
    "change control",
    "service requests and knowledge",
    "reports",
}
ROW = re.compile(
    r"^\| (?P<number>R\d{3}) \| (?P<text>[^|]+) \| (?P<kind>[^|:]+?)(?:: (?P<rest>[^|]+?))? \| (?P<where>[^|]*)\|$"
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; `modules`, `tests` and `pages` are what its last column names in backticks."""

    number: str
    kind: str
    rest: str
    named: tuple[str, ...]

    @property
    def tests(self) -> tuple[str, ...]:
        return tuple(name for name in self.named if "::" in name)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(name for name in self.named if "::" not in name)


def rows_of(table: str) -> list[Row]:
    matches = (ROW.match(line) for line in table.splitlines())
    return [
        Row(row["number"], row["kind"], row["rest"] or "", tuple(re.findall(r"`([^`]+)`", row["where"])))
        for row in matches
        if row
    ]


def marked(tree: ast.AST) -> Iterator[str]:
    """Yield every number in a `requirement(...)` marker below the node."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "requirement":
            yield from (argument.value for argument in node.args if isinstance(argument, ast.Constant))  # type: ignore[misc]


def names_of_tests(tree: ast.AST) -> set[str]:
    """Return the names of the test functions below the node."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
    return {function.name for function in functions if function.name.startswith("test_")}


def faults_of_kind(row: Row) -> Iterator[str]:
    """Name what the kind of the row demands and the row does not give."""
    match row.kind:
        case "built" | "partly built":
            if not row.tests or not row.paths:
                yield f"{row.number} is built and names no module or no test"
            if row.kind == "partly built" and row.rest not in THEMES:
                yield f"{row.number} does not say under which theme the rest is planned"
        case "planned":
            if row.rest not in THEMES:
                yield f"{row.number} is planned under no known theme: {row.rest}"
        case "documented":
            if not row.paths or not all(path.startswith("docs/process/") for path in row.paths):
                yield f"{row.number} is documented on no page of docs/process"
        case "declined":
            if not row.rest:
                yield f"{row.number} is declined without a reason"
        case _:
            yield f"{row.number} has the unknown kind {row.kind}"


def faults_of_places(row: Row, repository: Path) -> Iterator[str]:
    """Name every path and test of the row that does not exist, and every page and test file that does not name it."""
    for path in row.paths:
        if not (repository / path).exists():
            yield f"{row.number} names {path}, which does not exist"
        elif row.kind == "documented" and row.number not in (repository / path).read_text(encoding="utf-8"):
            yield f"{path} does not name {row.number}"
    for test in row.tests:
        path, _, name = test.partition("::")
        if not (repository / path).is_file():
            yield f"{row.number} names {path}, which does not exist"
            continue
        tree = ast.parse((repository / path).read_text(encoding="utf-8"))
        if name.split("::")[-1] not in names_of_tests(tree):
            yield f"{row.number} names {test}, which does not exist"
        elif row.number not in set(marked(tree)):
            yield f"{path} has no test marked {row.number}"


def unlisted(path: str, tree: ast.AST, rows: Mapping[str, Row]) -> Iterator[str]:
    """Name every marker of the test file whose row does not list the file as its proof."""
    for number in sorted(set(marked(tree))):
        row = rows.get(number)
        if row is None or not row.kind.endswith("built") or not any(t.startswith(f"{path}::") for t in row.tests):
            yield f"{path} proves {number}, which the table does not say"


@pytest.fixture(scope="module")
def rows(repository: Path) -> list[Row]:
    return rows_of((repository / "docs/requirements.md").read_text(encoding="utf-8"))


def test_no_number_is_missing_or_doubled(rows: list[Row]) -> None:
    assert [row.number for row in rows] == [f"R{number:03}" for number in range(1, LAST + 1)]


def test_every_row_gives_what_its_kind_demands(rows: list[Row]) -> None:
    assert [fault for row in rows for fault in faults_of_kind(row)] == []


def test_everything_named_exists_and_names_the_requirement(rows: list[Row], repository: Path) -> None:
    assert [fault for row in rows for fault in faults_of_places(row, repository)] == []


def test_everything_proven_is_in_the_table(rows: list[Row], written: Mapping[str, str]) -> None:
    by_number = {row.number: row for row in rows}
    proofs = {path: ast.parse(text) for path, text in written.items() if path.startswith("tests/")}
    assert [fault for path, tree in proofs.items() for fault in unlisted(path, tree, by_number)] == []


TABLE = """
| R001 | One | built | `domain/ci/model.py`, `tests/unit/test_ci.py::test_one` |
| R002 | Two | planned: the moon | |
| R003 | Three | declined | |
| R004 | Four | documented | `docs/process/page.md` |
| R005 | Five | documented | `README.md` |
| R006 | Six | built | `domain/ci/model.py` |
| R007 | Seven | partly built | `domain/ci/model.py`, `tests/unit/test_ci.py::test_gone` |
| R008 | Eight | hoped for | |
"""
PROOF = "@pytest.mark.requirement({})\ndef test_one(): ..."


def test_catches_rows_that_do_not_give_what_their_kind_demands() -> None:
    faulty = [fault.split()[0] for row in rows_of(TABLE) for fault in faults_of_kind(row)]
    assert faulty == ["R002", "R003", "R005", "R006", "R007", "R008"]


def test_catches_places_that_do_not_exist_or_do_not_name_the_number(tmp_path: Path) -> None:
    for path, text in {
        "domain/ci/model.py": "",
        "docs/process/page.md": "Nothing of the kind (R005).",
        "tests/unit/test_ci.py": PROOF.format("'R002'"),
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, encoding="utf-8")
    one, _, _, four, _, _, seven, _ = rows_of(TABLE)
    assert list(faults_of_places(one, tmp_path)) == ["tests/unit/test_ci.py has no test marked R001"]
    assert list(faults_of_places(four, tmp_path)) == ["docs/process/page.md does not name R004"]
    assert list(faults_of_places(seven, tmp_path)) == [
        "R007 names tests/unit/test_ci.py::test_gone, which does not exist"
    ]


def test_catches_proofs_that_the_table_does_not_list() -> None:
    rows = {row.number: row for row in rows_of(TABLE)}
    tree = ast.parse(PROOF.format("'R001', 'R002'"))
    assert list(unlisted("tests/unit/test_ci.py", tree, rows)) == [
        "tests/unit/test_ci.py proves R002, which the table does not say"
    ]
    assert len(list(unlisted("tests/unit/test_other.py", tree, rows))) == 2
