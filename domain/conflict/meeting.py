"""How two changes meet in time, and the record of a pair that meets on CIs (ENGINES 3.2)."""

from collections.abc import Iterable

from domain.conflict.context import ConflictContext
from domain.conflict.footprint import PlannedChange, ScheduledChange, are_partners
from domain.conflict.model import (
    AffectedCi,
    Conflict,
    ConflictCode,
    ConflictKind,
    ConflictSeverity,
    Rating,
    conflict,
)
from domain.kernel.intervals import Interval, overlap

Pair = tuple[ScheduledChange, ScheduledChange]
NAMED_IN_MESSAGE = 3


def meeting_kind(first: ScheduledChange, second: ScheduledChange) -> ConflictKind | None:
    """Return how two changes meet on CIs: as planned, by their reserve only, or not at all.

    Meeting by reserve only is no finding where both are declared back to back or belong to one bundle.
    """
    if overlap(first.planned, second.planned):
        return ConflictKind.PLANNED
    if not overlap(first.exclusive, second.exclusive) or keep_apart(first, second):
        return None
    return ConflictKind.RESERVE


def keep_apart(first: ScheduledChange, second: ScheduledChange) -> bool:
    """Whether two changes are declared to run next to each other and their planned windows do not overlap."""
    return not overlap(first.planned, second.planned) and are_partners(first.change, second.change)


def common_window(windows: Iterable[Interval]) -> Interval | None:
    """Return the time all windows share, None if there is none."""
    starts, ends = zip(*windows, strict=True)
    start, end = max(starts), min(ends)
    return (start, end) if start < end else None


def conflict_on_cis(
    pair: Pair,
    code: ConflictCode,
    kind: ConflictKind,
    rating: Rating,
    message: str,
    *,
    cis: list[AffectedCi],
    context: ConflictContext,
) -> Conflict:
    """Return the record of two changes meeting on CIs; by reserve only it is minor, whatever the rating."""
    if kind is ConflictKind.RESERVE:
        rating = reserve_rating(context)
    window = common_window(change.exclusive for change in pair)
    ids = (change.id for change in pair)
    return conflict(ids, code, rating, message, context.policy.version, kind=kind, window=window, cis=cis)


def reserve_rating(context: ConflictContext) -> Rating:
    """Return the rating of what only happens if a change needs its preparation or its time to back out."""
    return Rating(ConflictSeverity.MINOR, context.policy.reserve)


def joined(words: list[str]) -> str:
    """Return "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def counted(number: int, noun: str) -> str:
    """Return "1 task", "2 tasks"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(cis: Iterable[AffectedCi], context: ConflictContext) -> str:
    """Return the names of the CIs hit hardest, then how many more there are."""
    ranked = [context.name(ci.id) for ci in sorted(cis, key=lambda ci: (-ci.q, ci.id))]
    rest = len(ranked) - NAMED_IN_MESSAGE
    return joined([*ranked[:NAMED_IN_MESSAGE], *([f"{rest} more"] if rest > 0 else [])])


def numbers(changes: Iterable[PlannedChange]) -> str:
    """Return the numbers of changes as one phrase."""
    return joined([change.number for change in changes])


def manner(kind: ConflictKind) -> str:
    """Return the words that tell a meeting by reserve from one of the planned windows."""
    return ", but only in the time kept for preparing or backing out" if kind is ConflictKind.RESERVE else ""
