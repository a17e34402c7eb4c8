"""The demo's file replaces a former demo and nothing else."""

from pathlib import Path

import pytest

from api.demo.database_file import MAGIC, check_replaceable, fresh_draft, put_in_place
from domain.kernel.errors import InvalidInput

EMPTY_DATABASE = MAGIC + bytes(84)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "headwater-demo.db"


def test_a_finished_demo_may_be_replaced(file: Path) -> None:
    draft = fresh_draft(file)
    draft.write_bytes(EMPTY_DATABASE + b"first")
    put_in_place(draft, file)
    check_replaceable(file)
    fresh_draft(file).write_bytes(EMPTY_DATABASE + b"second")
    put_in_place(draft, file)
    assert file.read_bytes().endswith(b"second")
    assert not draft.exists()


@pytest.mark.parametrize("content", [EMPTY_DATABASE, b"notes of a person", b"x" * 68 + b"HWDM"])
def test_other_data_is_left_alone(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(InvalidInput, match="holds other data"):
        check_replaceable(file)
    assert file.read_bytes() == content


def test_an_empty_or_absent_file_may_be_replaced(file: Path) -> None:
    check_replaceable(file)
    file.touch()
    check_replaceable(file)


def test_what_cannot_be_read_is_refused(file: Path) -> None:
    file.mkdir()
    with pytest.raises(InvalidInput, match="cannot be read"):
        check_replaceable(file)


def test_a_draft_left_by_a_kill_is_swept_away(file: Path) -> None:
    leftovers = [fresh_draft(file).with_name(fresh_draft(file).name + ending) for ending in ("", "-wal", "-shm")]
    for path in leftovers:
        path.write_bytes(b"half done")
    fresh_draft(file)
    assert not any(path.exists() for path in leftovers)


def test_leftovers_of_the_former_demo_do_not_stay_beside_the_new_one(file: Path) -> None:
    stale = file.with_name(file.name + "-wal")
    stale.write_bytes(b"pages of the former demo")
    draft = fresh_draft(file)
    draft.write_bytes(EMPTY_DATABASE)
    put_in_place(draft, file)
    assert not stale.exists()
