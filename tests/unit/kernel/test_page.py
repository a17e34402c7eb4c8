"""Cursors carry sort values and the id, whatever their kind, and tell their own from everything else."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.kernel.errors import InvalidInput
from domain.kernel.page import MOST, Listing, Ordering, Page, decode_cursor, encode_cursor

VALUES = st.one_of(
    st.none(),
    st.text(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.datetimes(timezones=st.just(UTC)),
)

UNHURRIED = settings(deadline=None)
"""A busy machine is no failure."""


@UNHURRIED
@given(st.text(), st.lists(VALUES, min_size=1).map(tuple))
def test_a_cursor_gives_back_what_it_was_made_of(order_name: str, key: tuple[Any, ...]) -> None:
    assert decode_cursor(encode_cursor(order_name, key), order_name) == key


@UNHURRIED
@given(st.text())
def test_any_other_text_is_refused_at_after(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(text, "number")
    assert [issue.path for issue in refused.value.issues] == ["after"]


@UNHURRIED
@given(st.integers(0, 200), st.integers(0, 7))
def test_a_cursor_with_one_bit_changed_is_refused(place: int, bit: int) -> None:
    cursor = bytearray(encode_cursor("number", ["INC0000001", datetime(2026, 11, 23, tzinfo=UTC), 7]).encode())
    cursor[place % len(cursor)] ^= 1 << bit
    with pytest.raises(InvalidInput):
        decode_cursor(cursor.decode(errors="replace"), "number")


def test_a_cursor_belongs_to_its_order() -> None:
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor("number", ["a"]), "-number")
    assert Listing(order=(Ordering("a"), Ordering("b", is_descending=True))).order_name == "a,-b"


def test_a_page_gives_each_row_its_cursor() -> None:
    page = Page(
        rows=[{"id": "a"}, {"id": "b"}], keys=[(1, "a"), (2, "b")], order_name="x", has_next=False, has_previous=False
    )
    assert decode_cursor(page.cursor(1), "x") == (2, "b")


@pytest.mark.parametrize("first", [-1, MOST + 1])
def test_a_page_size_out_of_bounds_is_refused(first: int) -> None:
    with pytest.raises(InvalidInput):
        Listing(first=first)
