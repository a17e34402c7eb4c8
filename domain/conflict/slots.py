"""The nearest free slots for a change, or the fewest constraints that would have to give (ENGINES 4.7).

Every constraint, whatever it is about, comes down to the starts it forbids. A start is free when no constraint
forbids it, and the constraints that forbid a start are exactly those to drop in order to use it. So free slots are
one subtraction, and minimal relaxations are the smallest sets met in one sweep over the forbidden starts.

Instants are epoch seconds, durations seconds. The change's own spans are those of ENGINES 3.2: V = [start, start +
duration) and X = [start - prep, start + duration + reserve). V stays within [not_before, not_after); X may reach out.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, pairwise
from zoneinfo import ZoneInfo

from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.intervals import Interval, Intervals, clip, normalise, overlap, starts_that_fit, subtract
from domain.kernel.time import DAY, zone

HORIZON = 90 * DAY
"""The longest span that is searched."""

FINEST_GRID = 60
"""The finest grid of starts, in seconds."""


class SlotRule(StrEnum):
    """How a change must lie to the intervals of a constraint."""

    WINDOW_INSIDE = "WINDOW_INSIDE"
    """V lies wholly inside one of them: maintenance windows, implementers' shifts."""
    WINDOW_CLEAR = "WINDOW_CLEAR"
    """V shares no instant with them: other tasks of an implementer."""
    EXCLUSIVE_CLEAR = "EXCLUSIVE_CLEAR"
    """X shares no instant with them: blackouts, X of other changes, joint redundancy."""
    START_OUTSIDE = "START_OUTSIDE"
    """The start does not lie in them: soak after another change."""


@dataclass(frozen=True, slots=True)
class SlotConstraint:
    """One reason a start may be forbidden. `label` and `subject` read as "maintenance window of db-7"."""

    code: str
    label: str
    subject: str
    rule: SlotRule
    intervals: Intervals

    @property
    def name(self) -> str:
        """What people call it."""
        return f"{self.label} of {self.subject}" if self.subject else self.label


@dataclass(frozen=True, slots=True)
class SlotRequest:
    """What is looked for. Starts lie on a grid of seconds counted from 1970-01-01T00:00:00Z.

    At most `offered` slots are given, at most `per_day` of them on one local date of the zone, and no two of them
    overlap: a quarter of an hour later is no other choice.
    """

    not_before: int
    not_after: int
    wanted: int
    duration: int
    time_zone: str
    constraints: tuple[SlotConstraint, ...] = ()
    prep: int = 0
    reserve: int = 0
    grid: int = 900
    offered: int = 5
    per_day: int = 2


@dataclass(frozen=True, slots=True)
class Slot:
    """A planned window V that keeps every constraint."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Constraints that, dropped together, free `slot`, while dropping fewer of them frees nothing."""

    constraints: tuple[SlotConstraint, ...]
    slot: Slot
    explanation: str


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """The offered slots, nearest to the wanted instant first; if there are none, what would have to give.

    Relaxations are single constraints, then pairs that hold no such single, then nearest first. Where neither
    suffices they are the smallest sets that do. Without any, the span itself is too short.
    """

    slots: tuple[Slot, ...]
    relaxations: tuple[Relaxation, ...] = ()
    explanation: str = ""


def find_slots(request: SlotRequest) -> SlotAnswer:
    """Return the free slots nearest to the wanted instant, or the minimal relaxations; `InvalidInput` names faults."""
    _check(request)
    place = ZoneInfo(request.time_zone)
    candidates = starts_that_fit(((request.not_before, request.not_after),), request.duration)
    forbidden = [_forbidden_starts(constraint, request, candidates) for constraint in request.constraints]
    free = subtract(candidates, normalise(interval for starts in forbidden for interval in starts))
    slots = tuple(_offer(free, request, place))
    if slots:
        return SlotAnswer(slots)
    span = f"between {_moment(request.not_before, place)} and {_moment(request.not_after, place)}"
    if all(not _on_grid(starts, request.grid) for starts in candidates):
        return SlotAnswer((), (), f"No start {span} leaves the {_length(request.duration)} that the change needs.")
    relaxations = tuple(_relaxations(forbidden, request, place))
    return SlotAnswer((), relaxations, f"No start {span} keeps all constraints ({len(forbidden)}).")


def _check(request: SlotRequest) -> None:
    counts = {"duration": request.duration, "offered": request.offered, "per_day": request.per_day}
    lengths = {"prep": request.prep, "reserve": request.reserve}
    faults = [Issue(field, "must be more than 0") for field, value in counts.items() if value <= 0]
    faults += [Issue(field, "must not be negative") for field, value in lengths.items() if value < 0]
    if request.grid < FINEST_GRID:
        faults.append(Issue("grid", f"must be at least {FINEST_GRID} seconds"))
    if request.not_after <= request.not_before:
        faults.append(Issue("not_after", "must be after not_before"))
    if request.not_after - request.not_before > HORIZON:
        faults.append(Issue("not_after", f"must be at most {HORIZON // DAY} days after not_before"))
    try:
        zone(request.time_zone, "time_zone")
    except InvalidInput as unknown:
        faults.extend(unknown.issues)
    if faults:
        raise InvalidInput(faults)


def _forbidden_starts(constraint: SlotConstraint, request: SlotRequest, candidates: Intervals) -> Intervals:
    """Return the candidate starts from which the change would break the constraint."""
    if not candidates:
        return ()
    intervals, after = constraint.intervals, 0
    before = request.duration - 1
    match constraint.rule:
        case SlotRule.WINDOW_INSIDE:
            return subtract(candidates, starts_that_fit(intervals, request.duration))
        case SlotRule.WINDOW_CLEAR:
            pass
        case SlotRule.EXCLUSIVE_CLEAR:
            before, after = before + request.reserve, request.prep
        case SlotRule.START_OUTSIDE:
            before = 0
    return clip(normalise((start - before, end + after) for start, end in intervals), candidates[0])


def _on_grid(starts: Interval, grid: int) -> range:
    return range(-(-starts[0] // grid) * grid, starts[1], grid)


def _nearness(wanted: int) -> Callable[[int], tuple[int, int]]:
    """Return the ranking of starts: distance to the wanted instant, ties the earlier."""
    return lambda start: (abs(start - wanted), start)


def _offer(free: Intervals, request: SlotRequest, place: ZoneInfo) -> Iterator[Slot]:
    """Yield the nearest free slots apart from each other, no more than asked for, and `per_day` of one local day."""
    offered: list[int] = []
    on_day: dict[date, int] = defaultdict(int)
    starts = chain.from_iterable(_on_grid(interval, request.grid) for interval in free)
    for start in sorted(starts, key=_nearness(request.wanted)):
        day = datetime.fromtimestamp(start, place).date()
        if on_day[day] == request.per_day or any(abs(start - other) < request.duration for other in offered):
            continue
        on_day[day] += 1
        yield Slot(start, start + request.duration)
        offered.append(start)
        if len(offered) == request.offered:
            return


def _relaxations(forbidden: Sequence[Intervals], request: SlotRequest, place: ZoneInfo) -> Iterator[Relaxation]:
    """Yield the minimal relaxations: fewest constraints first, then nearest to the wanted instant."""
    nearness = _nearness(request.wanted)
    nearest: dict[frozenset[int], int] = {}
    for interval, blockers in _by_blockers(forbidden):
        starts = _on_grid(interval, request.grid)
        if starts:
            after = bisect_left(starts, request.wanted)
            start = min(starts[max(after - 1, 0) : after + 1], key=nearness)
            nearest[blockers] = min(start, nearest.get(blockers, start), key=nearness)
    for blockers in sorted(_minimal(nearest), key=lambda found: (len(found), nearness(nearest[found]), sorted(found))):
        dropped = tuple(request.constraints[index] for index in sorted(blockers))
        slot = Slot(nearest[blockers], nearest[blockers] + request.duration)
        yield Relaxation(dropped, slot, _explain(dropped, slot, request, place))


def _by_blockers(forbidden: Sequence[Intervals]) -> Iterator[tuple[Interval, frozenset[int]]]:
    """Yield the pieces of the forbidden starts with the constraints (by index) that forbid each."""
    turns: dict[int, list[int]] = defaultdict(list)
    for index, starts in enumerate(forbidden):
        for start, end in starts:
            turns[start].append(index)
            turns[end].append(index)
    instants = sorted(turns)
    blockers: set[int] = set()
    for instant, following in pairwise(instants):
        # A set of starts never touches itself, so every turn of a constraint switches it on or off.
        blockers.symmetric_difference_update(turns[instant])
        yield (instant, following), frozenset(blockers)


def _minimal(found: dict[frozenset[int], int]) -> list[frozenset[int]]:
    """Return the singles and the pairs without such a single; failing both, the smallest sets."""
    size = max(2, min(map(len, found)))
    small = [blockers for blockers in found if len(blockers) <= size]
    return [blockers for blockers in small if not any(other < blockers for other in small)]


def _explain(dropped: Sequence[SlotConstraint], slot: Slot, request: SlotRequest, place: ZoneInfo) -> str:
    reasons = "; ".join(_reason(constraint, slot, request, place) for constraint in dropped)
    return f"{reasons}. Without {'it' if len(dropped) == 1 else 'these'}, {_moment(slot.start, place)} is free."


def _reason(constraint: SlotConstraint, slot: Slot, request: SlotRequest, place: ZoneInfo) -> str:
    """Say why this constraint stands in the way of the slot, in the words of the one who asked."""
    if constraint.rule is SlotRule.WINDOW_INSIDE:
        open_spans = clip(constraint.intervals, (request.not_before, request.not_after))
        if not open_spans:
            return f"{constraint.name} does not open in the time searched"
        longest = max(end - start for start, end in open_spans)
        if longest < request.duration:
            return f"{constraint.name} is {_length(longest)}, change needs {_length(request.duration)}"
        return f"{constraint.name} leaves no start for the other constraints and the {_length(request.grid)} grid"
    reach = {
        SlotRule.WINDOW_CLEAR: (slot.start, slot.end),
        SlotRule.EXCLUSIVE_CLEAR: (slot.start - request.prep, slot.end + request.reserve),
        SlotRule.START_OUTSIDE: (slot.start, slot.start + 1),
    }[constraint.rule]
    start, end = next(interval for interval in constraint.intervals if overlap(interval, reach))
    return f"{constraint.name} stands in the way from {_moment(start, place)} to {_moment(end, place)}"


def _moment(instant: int, place: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(instant, place):%a %d %b %Y %H:%M}"


def _length(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [f"{number} {unit}" for number, unit in ((hours, "h"), (minutes, "min"), (rest, "s")) if number]
    return " ".join(parts) or "0 s"
