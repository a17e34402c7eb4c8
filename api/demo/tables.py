"""How the report looks: headings, quiet tables and bullets for a terminal a hundred columns wide."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import TextIO

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDTH = 100


def print_parts(parts: Iterable[RenderableType], out: TextIO) -> None:
    """Print the same text everywhere, without trailing blanks; colours only where a person looks on."""
    page = StringIO()
    console = Console(file=page, width=WIDTH, force_terminal=out.isatty(), highlight=False, markup=False, emoji=False)
    for part in parts:
        console.print(part)
    out.writelines(f"{printed.rstrip()}\n" for printed in page.getvalue().splitlines())


def title(text: str) -> RenderableType:
    """Return the heading of a chapter."""
    return Padding(Text(f"{text}\n{'=' * min(len(text), WIDTH)}", style="bold"), (1, 0, 0, 0))


def heading(text: str) -> RenderableType:
    """Return the heading of a section."""
    return Padding(Text(text, style="bold cyan"), (1, 0, 0, 0))


def line(text: str) -> RenderableType:
    """Return a paragraph."""
    return Padding(Text(text), (0, 0, 0, 2))


def bullets(texts: Iterable[str]) -> RenderableType:
    """Return a list of paragraphs with hanging bullets."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(max_width=WIDTH - 5)
    for text in texts:
        grid.add_row("-", Text(text))
    return grid


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], last: Sequence[Sequence[str]] = ()) -> RenderableType:
    """Return a table without boxes; `>` before a column's name aligns it right, `last` are rows set apart below."""
    grid = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for name in columns:
        grid.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    for number, row in enumerate(last):
        if number == 0:
            grid.add_row(*(Text("-" * 6 if place == len(columns) - 1 else "") for place in range(len(columns))))
        grid.add_row(*(Text(cell, style="bold") for cell in row))
    return Padding(grid, (0, 0, 0, 2))
