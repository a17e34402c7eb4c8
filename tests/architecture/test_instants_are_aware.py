"""Instants are aware and UTC, and the present comes from a `Clock` (ADR 0010)."""

import ast
from collections.abc import Iterator, Mapping

import pytest

THE_CLOCK = "domain/kernel/time.py"
WITHOUT_A_ZONE = {"utcnow", "utcfromtimestamp", "today"}
ARGUMENTS_WITH_A_ZONE = 8


def _of_datetime(func: ast.expr) -> str | None:
    """Return what is called of the class `datetime`: its own name, or that of a class method; None for other calls."""
    match func:
        case ast.Name(id="datetime") | ast.Attribute(value=ast.Name(id="datetime"), attr="datetime"):
            return "datetime"
        case ast.Attribute(value=ast.Name(id="datetime") | ast.Attribute(attr="datetime"), attr=method):
            return method
    return None


def _zone_is_given(call: ast.Call, keyword: str, position: int) -> bool:
    named = [argument.value for argument in call.keywords if argument.arg == keyword]
    given = named or call.args[position - 1 : position]
    return bool(given) and not (isinstance(given[0], ast.Constant) and given[0].value is None)


def _is_naive(call: ast.Call, called: str) -> bool:
    if called == "datetime":
        return not _zone_is_given(call, "tzinfo", ARGUMENTS_WITH_A_ZONE)
    if called == "now":
        return not _zone_is_given(call, "tz", 1)
    if called == "fromtimestamp":
        return not _zone_is_given(call, "tz", 2)
    return called in WITHOUT_A_ZONE


def offences(path: str, tree: ast.Module) -> Iterator[str]:
    """Name every call that makes a naive datetime, and every one that asks the machine for the present."""
    for node in ast.walk(tree):
        called = _of_datetime(node.func) if isinstance(node, ast.Call) else None
        if not isinstance(node, ast.Call) or called is None:
            continue
        if _is_naive(node, called):
            yield f"{path}:{node.lineno} makes a datetime without a zone"
        elif called == "now" and path != THE_CLOCK:
            yield f"{path}:{node.lineno} asks the machine for the present; take a Clock"


def test_no_naive_datetime_and_no_hidden_clock(product: Mapping[str, ast.Module]) -> None:
    assert [offence for path, tree in product.items() for offence in offences(path, tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        "datetime.now()",
        "datetime.now(None)",
        "datetime.utcnow()",
        "datetime.today()",
        "datetime(2026, 11, 23, 8)",
        "datetime(2026, 11, 23, tzinfo=None)",
        "datetime.datetime(2026, 11, 23)",
        "datetime.datetime.now()",
        "datetime.fromtimestamp(seconds)",
        "datetime.now(UTC)",
    ],
)
def test_catches_an_offender(source: str) -> None:
    assert len(list(offences("domain/change/model.py", ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "datetime(2026, 11, 23, 8, tzinfo=UTC)",
        "datetime(2026, 11, 23, 8, 0, 0, 0, UTC)",
        "datetime.fromtimestamp(seconds, UTC)",
        "datetime.fromtimestamp(seconds, tz=zone)",
        "clock.now()",
    ],
)
def test_lets_aware_instants_be(source: str) -> None:
    assert list(offences("domain/change/model.py", ast.parse(source))) == []


def test_lets_the_clock_ask_the_machine() -> None:
    assert list(offences(THE_CLOCK, ast.parse("datetime.now(UTC)"))) == []
