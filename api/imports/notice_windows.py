"""When a carrier works, read from the lines of a notice: one window with its zone, or none.

A window is two moments on one line, or a moment labelled as the start and one labelled as the end. Only moments count
whose offset is said: UTC, GMT, an offset in figures, or one of the four clocks of the United States.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from itertools import pairwise

from api.imports.columns import Unreadable
from domain.kernel.time import Window, zone

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
CLOCKS = {"ET": "America/New_York", "CT": "America/Chicago", "MT": "America/Denver", "PT": "America/Los_Angeles"}
MOMENT = re.compile(
    r"(?:(?P<iso>\d{4})-(?P<iso_month>\d\d)-(?P<iso_day>\d\d)"
    r"|(?P<word_day>\d{1,2})[ -](?P<word>[A-Za-z]{3})[a-z]*[ -](?P<word_year>\d{4})"
    r"|(?P<one>\d{1,2})(?P<mark>[/.])(?P<two>\d{1,2})(?P=mark)(?P<year>\d{4}|\d\d)\b)"
    r"[\s,|T]+(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?\s*(?P<half>[AaPp][Mm]\b)?"
    r"[\s|]*(?P<zone>[+-]\d\d:?\d\d\b(?: UTC)?|(?:GMT|UTC)[+-]\d{1,2}\b|[A-Z]{1,5}\b)?"
)
ZONE_OF_LINE = re.compile(r"\((UTC|GMT)\)")
START = re.compile(r"\b(?:start|begin|from\b)", re.IGNORECASE)
END = re.compile(r"\b(?:end\b|finish|until\b)", re.IGNORECASE)
EXTENDED = re.compile(r"\bextended (?:up )?(?:to|till|until)\b", re.IGNORECASE)
WORDS = re.compile(r"[A-Za-z]")
LONGEST_LABEL = 60
WIDEST = timedelta(hours=14)
"""No clock is further from UTC: a greater figure is something else, such as a telephone number."""


def window_of(lines: Sequence[str]) -> Window:
    """Return the one window that the lines tell, extended if they say so; without exactly one they are `Unreadable`."""
    windows: set[tuple[datetime, datetime]] = set()
    labelled: dict[str, set[datetime]] = {"start": set(), "end": set(), "extended": set()}
    for before, line in pairwise(["", *lines]):
        moments = list(MOMENT.finditer(line))
        instants = list(_instants(moments, ZONE_OF_LINE.search(line) or ZONE_OF_LINE.search(before)))
        if len(moments) == 2 and len(instants) == 2:
            windows.add((instants[0], instants[1]))
        elif len(moments) == 1 and len(instants) == 1:
            labelled.get(_meaning(_label(line, moments[0], before)), set()).add(instants[0])
    windows |= {(start, end) for start in labelled["start"] for end in labelled["end"]}
    if len(windows) > 1:
        raise Unreadable("names several windows")
    if not windows:
        raise Unreadable("names no window with a start, an end and their zone")
    start, end = windows.pop()
    if any(EXTENDED.search(line) for line in lines):
        end = _only(labelled["extended"])
    if end <= start:
        raise Unreadable("names a window that ends before it starts")
    return Window(start, end)


def _meaning(label: str) -> str:
    for meaning, pattern in (("extended", EXTENDED), ("start", START), ("end", END)):
        if pattern.search(label):
            return meaning
    return ""


def _only(extended: set[datetime]) -> datetime:
    if len(extended) != 1:
        raise Unreadable("is extended, but not to one time with a zone")
    return next(iter(extended))


def _instants(moments: Sequence[re.Match[str]], of_line: re.Match[str] | None) -> Iterator[datetime]:
    """Yield the instants of the moments of one line; a zone said behind the last of them holds for all."""
    last = moments[-1]["zone"] if moments else None
    for moment in moments:
        said = moment["zone"] or last or (of_line[1] if of_line else None)
        offset = _zone(said) if said else None
        if offset is not None:
            yield _instant(moment, offset)


def _zone(said: str) -> tzinfo | None:
    if said in {"UTC", "GMT", "Z"}:
        return UTC
    if said in CLOCKS:
        return zone(CLOCKS[said], "zone")
    found = re.search(r"([+-])(\d\d?):?(\d\d)?", said)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > WIDEST:
        return None
    return timezone(offset if found[1] == "+" else -offset)


def _instant(moment: re.Match[str], offset: tzinfo) -> datetime:
    year, month, day = _date(moment)
    hour = int(moment["hour"])
    if moment["half"]:
        hour = hour % 12 + (12 if moment["half"].lower() == "pm" else 0)
    try:
        local = datetime(year, month, day, hour, int(moment["minute"]), int(moment["second"] or 0), tzinfo=offset)
    except ValueError as malformed:
        raise Unreadable(f"'{moment[0].strip()}' is no time") from malformed
    return local.astimezone(UTC)


def _date(moment: re.Match[str]) -> tuple[int, int, int]:
    if moment["iso"]:
        return int(moment["iso"]), int(moment["iso_month"]), int(moment["iso_day"])
    if moment["word"]:
        if moment["word"].lower() not in MONTHS:
            raise Unreadable(f"'{moment[0].strip()}' is no time")
        return int(moment["word_year"]), MONTHS.index(moment["word"].lower()) + 1, int(moment["word_day"])
    one, two, year = int(moment["one"]), int(moment["two"]), int(moment["year"])
    year += 2000 if year < 100 else 0
    if moment["mark"] == "." or one > 12:
        return year, two, one
    if two > 12 or moment["half"] or moment["zone"] in CLOCKS:
        # With slashes and the clock of twelve hours, or one of the United States, the month comes first.
        return year, one, two
    raise Unreadable(f"'{moment[0].strip()}': whether the day or the month comes first is not said")


def _label(line: str, moment: re.Match[str], before: str) -> str:
    """Return what a moment is called: before it on its line, or by the line above where it stands alone."""
    label = line[: moment.start()]
    if WORDS.search(label):
        return label
    is_alone = not WORDS.search(line[moment.end() :])
    return before if is_alone and len(before) <= LONGEST_LABEL else ""
