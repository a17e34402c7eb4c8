"""Checks of single fields. Each returns the faults it finds, so that one refusal can name them all."""

from collections.abc import Container, Hashable, Iterable, Mapping
from datetime import datetime
from typing import Any

from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.time import local_instant, zone

LINE = 200
"""Most characters of a name, a title, an external id."""
PROSE = 20_000
"""Most characters of a description, a plan, a review."""
YEAR_MINUTES = 366 * 24 * 60
MOST_ATTRIBUTES = 100
_WHOLE_NUMBERS = 2**53


def refuse(issues: Iterable[Issue]) -> None:
    """Raise `InvalidInput` with every fault; return when there is none."""
    found = tuple(issues)
    if found:
        raise InvalidInput(found)


def text_issues(path: str, value: str | None, *, most: int = LINE, required: bool = False) -> list[Issue]:
    """Return what is wrong with a text that was trimmed: missing, blank, too long, or not storable."""
    if not value:
        if required:
            return [Issue(path, "is required")]
        return [] if value is None else [Issue(path, "must not be blank: clear it instead")]
    issues = []
    if len(value) > most:
        issues.append(Issue(path, f"must not be longer than {most} characters"))
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        issues.append(Issue(path, "holds a character that no text can hold"))
    return issues


def prose_issues(path: str, value: str | None, *, required: bool = False) -> list[Issue]:
    """Return what is wrong with a long text; a blank one says nothing and is fine unless it is required."""
    return text_issues(path, value or None, most=PROSE, required=required)


def range_issues(path: str, value: float | None, low: float, high: float) -> list[Issue]:
    """Return a fault when the number lies outside `[low, high]`; None is unknown and fine, NaN never is."""
    if value is None or low <= value <= high:
        return []
    return [Issue(path, f"must lie between {low:,} and {high:,}")]


def zone_issues(path: str, name: str) -> list[Issue]:
    """Return a fault when the name is no IANA time zone."""
    try:
        zone(name, path)
    except InvalidInput as refusal:
        return list(refusal.issues)
    return []


def instant_issues(path: str, instant: datetime | None, *, not_after: datetime | None = None) -> list[Issue]:
    """Return a fault when the instant has no zone, or lies after the latest it may be, such as now."""
    if instant is None:
        return []
    if instant.tzinfo is None:
        return [Issue(path, "needs a zone or an offset, e.g. 2026-11-23T08:00:00+01:00")]
    if not_after is not None and instant > not_after:
        return [Issue(path, f"must not lie after {not_after.isoformat(timespec='seconds')}")]
    return []


def window_issues(path: str, start: datetime | None, end: datetime | None) -> list[Issue]:
    """Return what is wrong with a span of which both ends or none are known; naive ends are refused."""
    if start is None and end is None:
        return []
    if start is None or end is None:
        return [Issue(f"{path}.{'start' if start is None else 'end'}", "is required beside the other end")]
    naive = [*instant_issues(f"{path}.start", start), *instant_issues(f"{path}.end", end)]
    if naive:
        return naive
    return [Issue(f"{path}.end", "must be after the start")] if end <= start else []


def local_span(
    path: str, start: datetime, end: datetime, time_zone: str | None
) -> tuple[datetime, datetime, list[Issue]]:
    """Return the two instants and the faults. With a zone both ends are local times without an offset."""
    if time_zone is None:
        return start, end, window_issues(path, start, end)
    issues = zone_issues("time_zone", time_zone)
    if issues:
        return start, end, issues
    instants: list[datetime] = []
    for name, local in (("start", start), ("end", end)):
        try:
            instants.append(local_instant(local, time_zone, f"{path}.{name}"))
        except InvalidInput as refusal:
            issues += refusal.issues
            instants.append(local)
    return instants[0], instants[1], issues or window_issues(path, *instants)


def repeat_issues(path: str, keys: Iterable[Hashable], *, besides: Iterable[Hashable] = ()) -> list[Issue]:
    """Return a fault at `path.index` for every item that was already among those before it, or besides."""
    seen = set(besides)
    issues = []
    for index, key in enumerate(keys):
        if key in seen:
            issues.append(Issue(f"{path}.{index}", "is there already"))
        seen.add(key)
    return issues


def missing_issues(path: str, keys: Iterable[Hashable], among: Container[Hashable]) -> list[Issue]:
    """Return a fault at `path.index` for every item that is not among the others."""
    return [Issue(f"{path}.{index}", "is not there") for index, key in enumerate(keys) if key not in among]


def attribute_issues(path: str, attributes: Mapping[str, Any]) -> list[Issue]:
    """Return what is wrong with free attributes: a flat map of short names to text, numbers and truth values."""
    issues = []
    if len(attributes) > MOST_ATTRIBUTES:
        issues.append(Issue(path, f"must not hold more than {MOST_ATTRIBUTES} attributes"))
    for name, value in attributes.items():
        issues += text_issues(path, name, most=100, required=True)
        if isinstance(value, str):
            issues += prose_issues(f"{path}.{name}", value)
        elif isinstance(value, int | float):
            issues += range_issues(f"{path}.{name}", value, -_WHOLE_NUMBERS, _WHOLE_NUMBERS)
        elif value is not None:
            issues.append(Issue(f"{path}.{name}", "must be text, a number or a truth value"))
    return issues
