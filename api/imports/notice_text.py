"""The text of a notice as lines. A row of an HTML table is one line with its cells between `|`."""

import quopri
import re
from html.parser import HTMLParser

CELL = " | "
HIDDEN = frozenset({"style", "script", "head", "title"})
BREAKS = frozenset({"br", "p", "div", "li", "h1", "h2", "h3", "h4", "tr", "table", "ul", "ol", "hr"})
BLANKS = re.compile(r"[\s\u200b\ufffd]+")
MARKUP = re.compile(r"<(?:html|head|body|div|table|p|br)\b", re.IGNORECASE)
QUOTED = re.compile(r"=3D[\"']|=\r?\n")


def is_html(text: str) -> bool:
    """Whether the text is marked up."""
    return MARKUP.search(text) is not None


def plain_lines(text: str) -> list[str]:
    """Return the lines of a plain text that say anything, blanks made single."""
    return [line for raw in text.splitlines() if (line := _tidy(raw))]


def html_lines(text: str) -> list[str]:
    """Return the lines of a page; one that was saved as it travelled, quoted-printable, is decoded first."""
    if "=3D" in text and QUOTED.search(text):
        text = quopri.decodestring(text.encode()).decode(errors="replace")
    page = _Page()
    page.feed(text)
    page.close()
    return page.lines()


def _tidy(text: str) -> str:
    return BLANKS.sub(" ", text).strip()


class _Row:
    """A row of a table while it is read: the text of its cells, and whether one of them is a table itself."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self.is_layout = False

    def lines(self) -> str:
        """Return the row as one line, or as the lines of its cells where it only arranges them."""
        if self.is_layout or len(self.cells) < 2:
            return "\n".join(self.cells)
        return CELL.join(_tidy(cell) for cell in self.cells)


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._text: list[str] = []
        self._rows: list[_Row] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _attributes: list[tuple[str, str | None]]) -> None:
        if tag in HIDDEN:
            self._hidden += 1
        if tag == "table":
            for row in self._rows:
                row.is_layout = True
        if tag == "tr":
            self._rows.append(_Row())
        elif tag in {"td", "th"} and self._rows:
            self._rows[-1].cells.append("")
        elif tag in BREAKS:
            self._add("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in HIDDEN:
            self._hidden = max(0, self._hidden - 1)
        if tag == "tr" and self._rows:
            self._add(f"\n{self._rows.pop().lines()}\n")
        elif tag in BREAKS:
            self._add("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._add(BLANKS.sub(" ", data))

    def lines(self) -> list[str]:
        """Return the lines read, rows that were never closed among them."""
        while self._rows:
            self._add(f"\n{self._rows.pop().lines()}\n")
        return plain_lines("".join(self._text))

    def _add(self, text: str) -> None:
        if self._rows and self._rows[-1].cells:
            self._rows[-1].cells[-1] += text
        else:
            self._text.append(text)
