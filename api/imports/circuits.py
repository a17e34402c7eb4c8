"""The preset `circuits`: carriers' notices of maintenance, as changes with a window on circuits.

Notices of one maintenance are one change, which each of them amends: the latest that says a thing decides. Files may
be in folders or in archives (tar).
"""

import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from api.imports.columns import Unreadable
from api.imports.drafts import ci_stubs, details
from api.imports.notices import Notice, notices_of
from api.imports.rejects import SUFFIX
from api.imports.rows import Reading, Row, digest
from api.imports.section import Item, Options, Section
from domain.kernel.checks import LINE
from domain.kernel.errors import InvalidInput, Issue
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "carrier notice"
CIRCUIT_CLASS = "circuit"
IGNORED = frozenset({".json"})
"""What lies beside notices and is none."""
LARGEST = 25_000_000
"""Bytes of one notice, with its attachments."""
UNDATED = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice and the row that stands for it."""

    notice: Notice
    row: Row


def circuits_sections(paths: Sequence[Path], _options: Options) -> list[Section]:
    """Return the sections of notices: one for every folder and every archive, and one for all single files."""
    several = [path for path in paths if path.is_dir() or _is_archive(path)]
    single = [path for path in paths if path not in several]
    return [*(_notices(path, _files(path)) for path in several), *([_notices(single[0], single)] if single else [])]


def circuit_id(cid: str) -> str:
    """Return the external id of a circuit that carriers call `cid`; the inventory of circuits uses the same."""
    return f"circuit:{cid}"


def _is_archive(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except OSError as broken:
        raise InvalidInput.at(str(path), f"cannot be read: {broken.strerror}") from broken


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.is_file() and not file.name.endswith(SUFFIX))


def _notices(path: Path, files: Sequence[Path]) -> Section:
    reading = Reading(path, columns=("notice",))

    def items() -> Iterator[Item]:
        told: list[Told] = []
        for name, content in _contents(files):
            if Path(name).suffix in IGNORED:
                reading.ignored += 1
                continue
            for found in notices_of(content):
                reading.rows += 1
                row = Row(reading.rows, {}, (name,))
                if isinstance(found, Unreadable):
                    yield Item(Draft(Kind.CHANGES, {}, (row.line,), (Issue(name, str(found)),)), (row,))
                else:
                    told.append(Told(found, row))
        circuits = [circuit for one in told for circuit in one.notice.circuits]
        yield from ci_stubs(((circuit_id(cid), cid) for cid in circuits), CIRCUIT_CLASS, SOURCE)
        for together in _maintenances(told):
            yield _change(together)

    return Section(reading, digest(files, SOURCE), items, {"external_id": "maintenance", "targets": "circuits"})


def _contents(files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of files, those in archives among them, in the order of their names."""
    for file in files:
        if _is_archive(file):
            yield from _archived(file)
        else:
            with Reading(file).opened() as content:
                yield file.name, content.read(LARGEST)


def _archived(file: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with tarfile.open(file) as archive:
            for member in sorted(archive.getmembers(), key=lambda member: member.name):
                content = archive.extractfile(member) if member.isfile() else None
                if content is not None:
                    yield member.name, content.read(LARGEST)
    except (tarfile.TarError, OSError, EOFError) as broken:
        raise InvalidInput.at(str(file), f"cannot be read: {broken}") from broken


def _maintenances(told: Sequence[Told]) -> Iterator[list[Told]]:
    """Yield the notices of every maintenance as they were sent; those without a date count as the earliest."""
    together: dict[str, list[Told]] = {}
    for one in sorted(told, key=lambda one: one.notice.sent_at or UNDATED):
        together.setdefault(one.notice.external_id, []).append(one)
    yield from together.values()


def _change(together: Sequence[Told]) -> Item:
    notices = [one.notice for one in together]
    latest = notices[-1]
    sent = [notice.sent_at for notice in notices if notice.sent_at is not None]
    circuits = next((notice.circuits for notice in reversed(notices) if notice.circuits), ())
    values: dict[str, Any] = {
        "external_id": latest.external_id,
        "title": latest.title[:LINE].strip(),
        "description": details((("carrier", latest.carrier or ""), ("impact", latest.impact))),
        "state": latest.state,
        "planned_start": latest.window.start,
        "planned_end": latest.window.end,
    }
    if sent:
        values["recorded_at"] = min(sent)
    if circuits:
        values["targets"] = tuple(circuit_id(cid) for cid in circuits)
    rows = tuple(one.row for one in together)
    return Item(Draft(Kind.CHANGES, values, tuple(row.line for row in rows)), rows)
