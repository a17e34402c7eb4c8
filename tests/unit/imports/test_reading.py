"""Reading foreign files: whatever a row is, it is either taken in or rejected with its line and the reason."""

import csv
import gzip
import random
from pathlib import Path
from typing import Any

import pytest

from api.imports.columns import COLUMNS
from api.imports.presets import sections_of
from api.imports.rows import Reading, csv_rows, jsonl_rows
from api.imports.section import Options
from domain.ci.model import ConfigurationItem
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Kind

GUIDE = Path(__file__).parents[3] / "docs" / "import.md"


def test_lines_are_those_of_the_file_where_cells_hold_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"two\nlines"\n3,4\n', encoding="utf-8")
    assert [(row.line, dict(row.cells)) for row in csv_rows(Reading(path))] == [
        (2, {"a": "1", "b": "two\nlines"}),
        (4, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_that_of_the_header(tmp_path: Path, delimiter: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"\ufeffa{delimiter}b\n1{delimiter}2\n", encoding="utf-8")
    assert [dict(row.cells) for row in csv_rows(Reading(path))] == [{"a": "1", "b": "2"}]


def test_compressed_files_are_read_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"a\n1\n"))
    assert [row.cells["a"] for row in csv_rows(Reading(path))] == ["1"]
    path.write_bytes(gzip.compress(b"a\n1\n")[:-6])
    with pytest.raises(InvalidInput, match="cannot be read"):
        list(csv_rows(Reading(path)))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (b"not json", "is not JSON"),
        (b"[1]", "must be a JSON object"),
        (b"null", "must be a JSON object"),
        (b"[" * 100_000, "is not JSON"),
        (b"\xff\xfe{}", "is not JSON"),
    ],
)
def test_a_line_that_is_no_object_is_a_row_with_a_fault(tmp_path: Path, text: bytes, fault: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(text + b'\n\n{"a": 1}\n')
    first, second = jsonl_rows(Reading(path))
    assert first.fault is not None
    assert first.fault.startswith(fault)
    assert (second.line, second.fault) == (3, None)


@pytest.mark.parametrize(
    ("text", "message"),
    [("", "has no header"), ("\n1\n", "has no header"), ("a,a\n1,2\n", "names the column 'a' twice")],
)
def test_a_file_without_a_header_is_wrong_input(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=message):
        list(csv_rows(Reading(path)))


async def test_rejects_keep_the_row_byte_for_byte_and_can_be_imported_when_mended(bench: Any) -> None:
    summary = await bench.take("cis", "external_id,class,tier\nb\udcffd,server,1\nlate,server,7\n")
    path = summary.reject_files[0]
    assert b"b\xffd,server,1" in path.read_bytes()
    with path.open(encoding="utf-8", errors="replace") as file:
        rejected = list(csv.DictReader(file))
    assert [(row["line"], row["reason"]) for row in rejected] == [
        ("2", "is not UTF-8"),
        ("3", "tier: must lie between 1 and 4"),
    ]
    mended = path.read_bytes().replace(b"\xff", b"a").replace(b"server,7", b"server,3")
    again = await bench.take("cis", mended.decode())
    assert (again.created, again.rejected) == (2, 0)
    assert {text.split("'")[1] for text in bench.warnings} == {"line", "reason"}


async def test_columns_are_renamed_and_unknown_ones_warned_about(bench: Any) -> None:
    text = "ci_id,kind,colour,attribute.rack\nweb,server,red,R7\n"
    summary = await bench.take("cis", text, names={"ci_id": "external_id", "kind": "class"})
    assert summary.created == 1
    assert set(bench.warnings) == {"column 'colour' is unknown and left out"}
    async with bench.runtime.ports.snapshot() as snapshot:
        web = await snapshot.find(ConfigurationItem, external_id="web")
    assert web is not None
    assert web.attributes == {"rack": "R7"}


async def test_a_mapping_to_nowhere_is_wrong_input(bench: Any) -> None:
    with pytest.raises(InvalidInput, match="'externalid' is no column of cis"):
        await bench.take("cis", "a\n1\n", names={"a": "externalid"})
    with pytest.raises(InvalidInput, match="has no column 'b'"):
        await bench.take("cis", "a\n1\n", names={"b": "external_id"})


def test_a_missing_file_and_an_unknown_preset_are_wrong_input(tmp_path: Path) -> None:
    options = Options(warn=lambda _: None, kind=Kind.CIS)
    with pytest.raises(InvalidInput, match="there is no file"):
        sections_of("csv", [tmp_path / "none.csv"], options)
    with pytest.raises(InvalidInput, match="'cmdb' is none of csv, jsonl, osg, debian"):
        sections_of("cmdb", [tmp_path], options)


async def test_whatever_bytes_a_file_holds_every_row_is_counted(bench: Any) -> None:
    dice = random.Random(11)
    for _ in range(40):
        noise = bytes(dice.choice(b'abc,",\n\r;\x00\xff1| ') for _ in range(dice.randint(0, 200)))
        text = "external_id,class\n" + noise.decode("utf-8", errors="surrogateescape")
        summary = await bench.take("cis", text)
        assert summary.read == summary.created + summary.updated + summary.unchanged + summary.rejected


@pytest.mark.parametrize("kind", list(Kind))
def test_every_column_is_documented(kind: Kind) -> None:
    section = GUIDE.read_text(encoding="utf-8").split(f"### {kind}\n")[1].split("\n### ")[0].split("\n## ")[0]
    assert [column for column in COLUMNS[kind] if f"`{column}`" not in section] == []
