"""The rows of input files: CSV, JSON lines or one JSON document, plain or compressed with gzip.

A row that cannot be read is a row with a fault, never the end of the reading.
"""

import csv
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from domain.kernel.errors import InvalidInput

LONGEST_CELL = 1_000_000
DELIMITERS = ",;\t"
GZIP_MAGIC = b"\x1f\x8b"
BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, counted from 1, its cells by column, and as it stands in the file.

    `fault` says why it could not be read.
    """

    line: int
    cells: Mapping[str, Any]
    raw: tuple[str, ...]
    fault: str | None = None


@dataclass(slots=True)
class Reading:
    """One input file while it is read: its columns, how many rows came, and how many bytes of it are behind."""

    path: Path
    columns: tuple[str, ...] = ()
    rows: int = 0
    ignored: int = 0
    _file: BinaryIO | None = field(default=None, repr=False)

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.path.stat().st_size

    @property
    def position(self) -> int:
        """Bytes of the file that were read so far."""
        return self._file.tell() if self._file is not None and not self._file.closed else 0

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Yield the content, decompressed; a broken file is `InvalidInput` naming it."""
        try:
            with self.path.open("rb") as file:
                self._file = file
                is_compressed = file.read(2) == GZIP_MAGIC
                file.seek(0)
                yield gzip.GzipFile(fileobj=file) if is_compressed else file  # type: ignore[misc]
        except (OSError, EOFError, zlib.error) as broken:
            reason = getattr(broken, "strerror", None) or str(broken)
            raise InvalidInput.at(str(self.path), f"cannot be read: {reason}") from broken


def digest(paths: Sequence[Path], *options: str) -> str:
    """Return what tells an input apart from every other: a hash of the files' content and of how they are read."""
    hashed = hashlib.sha256("\0".join(options).encode())
    for path in paths:
        try:
            with path.open("rb") as file:
                while block := file.read(BLOCK):
                    hashed.update(block)
        except OSError as broken:
            raise InvalidInput.at(str(path), f"cannot be read: {broken.strerror}") from broken
    return hashed.hexdigest()


def csv_rows(reading: Reading, fallback: str | None = None) -> Iterator[Row]:
    """Yield the rows of a CSV file with a header; the delimiter is the one of `,`, `;` and tab the header uses most.

    A row that is not UTF-8 is read in the `fallback` encoding, such as `latin-1`; without one it is a fault.
    """
    csv.field_size_limit(LONGEST_CELL)
    with reading.opened() as content:
        text = io.TextIOWrapper(content, encoding="utf-8-sig", errors="surrogateescape", newline="")
        heading = text.readline()
        delimiter = max(DELIMITERS, key=heading.count)
        reading.columns = _header(reading.path, next(csv.reader([heading], delimiter=delimiter), []))
        reader = csv.reader(text, delimiter=delimiter)
        while True:
            line = reader.line_num + 2
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as malformed:
                reading.rows += 1
                yield Row(line, {}, (), f"is no row of CSV: {malformed}")
                continue
            if cells:
                reading.rows += 1
                yield _row(line, reading.columns, _decoded(cells, fallback) if fallback else cells)


def _header(path: Path, cells: Sequence[str]) -> tuple[str, ...]:
    columns = tuple(cell.strip() for cell in cells)
    if not any(columns):
        raise InvalidInput.at(str(path), "has no header: the first line names the columns")
    # Spreadsheets leave columns without a name behind, any number of them.
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    if twice:
        raise InvalidInput.at(str(path), f"names the column '{twice[0]}' twice")
    return columns


def _decoded(cells: list[str], fallback: str) -> list[str]:
    return [cell if cell.isascii() or not _is_foreign(cell) else _read_as(cell, fallback) for cell in cells]


def _is_foreign(cell: str) -> bool:
    """Whether bytes of the cell were no UTF-8."""
    return any("\udc80" <= character <= "\udcff" for character in cell)


def _read_as(cell: str, encoding: str) -> str:
    return cell.encode(errors="surrogateescape").decode(encoding, errors="surrogateescape")


def _row(line: int, columns: tuple[str, ...], cells: list[str]) -> Row:
    fault = None
    if len(cells) != len(columns):
        fault = f"has {len(cells)} cells under {len(columns)} columns"
    elif any(_is_foreign(cell) for cell in cells if not cell.isascii()):
        fault = "is not UTF-8"
    return Row(line, dict(zip(columns, cells, strict=False)), tuple(cells), fault)


def jsonl_rows(reading: Reading) -> Iterator[Row]:
    """Yield the rows of a file with one JSON object per line; blank lines are none."""
    reading.columns = ("row",)
    with reading.opened() as content:
        for line, text in enumerate(content, start=1):
            if text.strip():
                reading.rows += 1
                yield _json_row(line, text)


def _json_row(line: int, text: bytes) -> Row:
    raw = (text.decode(errors="surrogateescape").rstrip("\r\n"),)
    try:
        cells = orjson.loads(text)
    except orjson.JSONDecodeError as malformed:
        return Row(line, {}, raw, f"is not JSON: {malformed.msg}")
    if not isinstance(cells, dict):
        return Row(line, {}, raw, "must be a JSON object")
    return Row(line, cells, raw)


def json_document(reading: Reading) -> Any:
    """Return the one JSON value of a file."""
    reading.columns = ("row",)
    with reading.opened() as content:
        text = content.read()
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as malformed:
        raise InvalidInput.at(str(reading.path), f"is not JSON: {malformed}") from malformed


def begins_with(path: Path, *characters: bytes) -> bool:
    """Whether the content of a file begins with one of the characters, blanks and a byte order mark aside."""
    with Reading(path).opened() as content:
        return content.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in characters
