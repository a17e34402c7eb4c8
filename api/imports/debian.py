"""The preset `debian`: packages and what they depend on, by literal name.

Depends and Pre-Depends are taken; `name:any` is a thing of its own, and virtual packages are not resolved, so that a
closure is what `apt-cache rdepends --recurse` prints. The external id of a package is its name.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from api.imports.rows import Reading, Row, csv_rows, digest
from api.imports.section import Alternatives, Item, Options, Section
from domain.ci.relations import RelationType
from domain.kernel.checks import LINE
from domain.kernel.errors import InvalidInput, Issue
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "debian"
PACKAGE_CLASS, VIRTUAL_CLASS = "package", "virtual package"
HARD = frozenset({"Depends", "Pre-Depends"})
NODE_COLUMNS = frozenset({"package", "version"})
EDGE_COLUMNS = frozenset({"package", "kind", "depends_on"})
PROVIDE_COLUMNS = frozenset({"package", "virtual"})
FILES = {"nodes": NODE_COLUMNS, "edges": EDGE_COLUMNS, "provides": PROVIDE_COLUMNS}
ATTRIBUTES = ("version", "source", "section", "priority", "arch")


def debian_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of package and dependency files, packages first, whatever the order they are given in."""
    files: dict[str, list[Path]] = {name: [] for name in FILES}
    for path in paths:
        for file in sorted(path.glob("*.csv*")) if path.is_dir() else [path]:
            files[_content(file)].append(file)
    if files["provides"]:
        options.warn("provided names are left out: dependencies are taken by literal name")
    packages = [_packages(path) for path in files["nodes"]]
    edges = [section for path in files["edges"] for section in _dependencies(path, options.alternatives)]
    return [*packages, *edges]


def _content(path: Path) -> str:
    reading = Reading(path)
    next(csv_rows(reading), None)
    for name, columns in FILES.items():
        if columns <= set(reading.columns):
            return name
    expected = "; ".join(f"{name}: {', '.join(sorted(columns))}" for name, columns in FILES.items())
    raise InvalidInput.at(str(path), f"is no file of this preset, whose columns are {expected}")


def _packages(path: Path) -> Section:
    reading = Reading(path)

    def items() -> Iterator[Item]:
        for row in csv_rows(reading):
            yield Item(_package(row), (row,))

    return Section(reading, digest([path], SOURCE, "packages"), items, {"external_id": "package"})


def _package(row: Row) -> Draft:
    name = row.cells.get("package", "").strip()
    fault = row.fault or (None if name else "package: is required")
    if fault is not None:
        return Draft(Kind.CIS, {}, (row.line,), (Issue("", fault),))
    said = {attribute: row.cells.get(attribute, "") for attribute in ATTRIBUTES}
    values = {
        "external_id": name,
        "name": name,
        "class_name": PACKAGE_CLASS,
        "source": SOURCE,
        "attributes": {attribute: value for attribute, value in said.items() if value},
    }
    return Draft(Kind.CIS, values, (row.line,))


def _dependencies(path: Path, alternatives: Alternatives) -> Iterator[Section]:
    """Yield the passes over a file of dependencies: the names in it, its relations, and its groups where wanted."""
    by_name, by_row, by_choice = Reading(path), Reading(path), Reading(path)
    columns = {"external_id": "package", "source_id": "package", "target_id": "depends_on"}

    def names() -> Iterator[Item]:
        yield from _names(by_name)

    def relations() -> Iterator[Item]:
        yield from _relations(by_row, alternatives)

    def groups() -> Iterator[Item]:
        yield from _groups(by_choice)

    yield Section(by_name, digest([path], SOURCE, "names"), names, columns, "names")
    yield Section(by_row, digest([path], SOURCE, "relations", alternatives), relations, columns)
    if alternatives is Alternatives.GROUPS:
        yield Section(by_choice, digest([path], SOURCE, "groups"), groups, columns, "groups")


def _names(reading: Reading) -> Iterator[Item]:
    """Yield every name that depends or is depended on, once: what is no package is a name that packages provide."""
    depending = {row.cells["package"] for row in csv_rows(Reading(reading.path)) if _is_hard(row)}
    seen: set[str] = set()
    for row in csv_rows(reading):
        for name in (row.cells["package"], row.cells["depends_on"]) if _is_hard(row) else ():
            if name not in seen:
                seen.add(name)
                class_name = PACKAGE_CLASS if name in depending else VIRTUAL_CLASS
                values = {"external_id": name, "name": name, "class_name": class_name, "source": SOURCE}
                yield Item(Draft(Kind.CIS, values, (row.line,), is_stub=True), (row,))


def _relations(reading: Reading, alternatives: Alternatives) -> Iterator[Item]:
    for _, rows in groupby(csv_rows(reading), key=lambda row: row.cells.get("package")):
        of_package = list(rows)
        grouped = _alternatives(of_package) if alternatives is Alternatives.GROUPS else {}
        in_groups = {row.line for choice in grouped.values() for row in choice}
        for row in of_package:
            if row.fault is not None or not (row.cells["package"] and row.cells["kind"] and row.cells["depends_on"]):
                fault = row.fault or "package, kind and depends_on are required"
                yield Item(Draft(Kind.RELATIONS, {}, (row.line,), (Issue("", fault),)), (row,))
            elif not _is_hard(row):
                reading.ignored += 1
            elif row.line not in in_groups:
                yield Item(_relation(row), (row,))


def _relation(row: Row) -> Draft:
    values = {
        "source_id": row.cells["package"],
        "target_id": row.cells["depends_on"],
        "type": RelationType.DEPENDS_ON,
        "source": SOURCE,
    }
    return Draft(Kind.RELATIONS, values, (row.line,))


def _groups(reading: Reading) -> Iterator[Item]:
    for package, rows in groupby(csv_rows(reading), key=lambda row: row.cells.get("package")):
        for (kind, group), choice in _alternatives(list(rows)).items():
            names = list(dict.fromkeys(row.cells["depends_on"] for row in choice))
            values = {
                "external_id": f"{package}/{kind}/{group}",
                "name": " | ".join(names)[:LINE],
                "members": names,
                "protected": [package],
                "min_up": 1,
                "source": SOURCE,
            }
            yield Item(Draft(Kind.GROUPS, values, tuple(row.line for row in choice)), tuple(choice))


def _alternatives(rows: Sequence[Row]) -> Mapping[tuple[str, str], list[Row]]:
    """Return the choices of one package, by kind and group: two names or more, none of them needed anyway.

    Where a package needs `a` and also `a | b`, the choice is made: as a group it would hide that `a` is needed.
    """
    choices: dict[tuple[str, str], list[Row]] = {}
    needed: set[str] = set()
    for row in rows:
        if not _is_hard(row):
            continue
        if row.cells.get("alternative_group"):
            choices.setdefault((row.cells["kind"], row.cells["alternative_group"]), []).append(row)
        else:
            needed.add(row.cells["depends_on"])
    named = {key: {row.cells["depends_on"] for row in choice} for key, choice in choices.items()}
    needed |= {name for names in named.values() if len(names) == 1 for name in names}
    return {key: choices[key] for key, names in named.items() if len(names) > 1 and names.isdisjoint(needed)}


def _is_hard(row: Row) -> bool:
    return row.fault is None and row.cells["kind"] in HARD and bool(row.cells["package"] and row.cells["depends_on"])
