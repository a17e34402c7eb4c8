"""What a command prints: tables that fit 80 columns, JSON for programs, complaints on standard error."""

import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from rich.box import SIMPLE
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from domain.kernel.image import as_json
from domain.kernel.time import from_seconds

PLAIN_WIDTH = 80


def console() -> Console:
    """Return the console of standard output: plain text of 80 columns where it is no terminal."""
    if sys.stdout.isatty():
        return Console(highlight=False)
    return Console(highlight=False, width=PLAIN_WIDTH, color_system=None)


def say(line: str = "") -> None:
    """Print a line for people, wrapped by words."""
    console().print(Text(line))


def complain(line: str) -> None:
    """Print a line on standard error."""
    print(f"headwater: {line}", file=sys.stderr)  # noqa: T201 - the command speaks on its terminal


def print_json(value: Any) -> None:
    """Print a value as JSON with the names of the schema."""
    sys.stdout.write(orjson.dumps(camel(as_json(value)), option=orjson.OPT_INDENT_2).decode() + "\n")


def camel(value: Any) -> Any:
    """Return JSON values with the keys of objects in camelCase; keys that are ids stay as they are."""
    match value:
        case dict():
            return {camel_name(key): camel(item) for key, item in value.items()}
        case list():
            return [camel(item) for item in value]
    return value


def camel_name(name: str) -> str:
    """Return `first_second` as `firstSecond`."""
    head, *tail = name.split("_")
    return head + "".join(word.capitalize() for word in tail)


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[str] = ()) -> None:
    """Print a table; the columns named in `right` hold numbers."""
    printed = Table(title=title, title_justify="left", title_style="bold", box=SIMPLE, pad_edge=False)
    for column in columns:
        printed.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        printed.add_row(*(Text(cell) for cell in row))
    console().print(printed)


def entry(head: str, *lines: str, indent: int = 2) -> None:
    """Print one item of a list whose parts are too long for columns: a bold head, then its lines set in."""
    printer = console()
    printer.print(Text(head, style="bold"))
    for line in lines:
        printer.print(Padding(Text(line), (0, 0, 0, indent)))


def moment(instant: datetime | int | None) -> str:
    """Return an instant as people read it, in UTC."""
    if instant is None:
        return "-"
    known = from_seconds(instant) if isinstance(instant, int) else instant.astimezone(UTC)
    return f"{known:%Y-%m-%d %H:%M}Z"


def stamp(seconds: int | None) -> str | None:
    """Return epoch seconds as RFC 3339."""
    return None if seconds is None else f"{from_seconds(seconds):%Y-%m-%dT%H:%M:%SZ}"
