"""The order of a meeting's items: nobody sits through more than they must (ENGINES 4.5).

A person's span runs from the start of the first item that needs them to the end of the last. Minimising the sum of
the spans is the same as letting each item cost its minutes times the people who have started and not finished, which
depends only on the set of items heard before: the exact order is a shortest path over sets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.cab.problem import AgendaClass
from domain.kernel.intervals import Interval

EXACT_ITEMS = 14


@dataclass(frozen=True, slots=True)
class AgendaEntry:
    """An item to be ordered: whom it needs, when they are there, and where a person has pinned it.

    `needed` are people ids. `window` is the span of minutes after the first item may start in which the item must
    lie, None for the whole meeting. `pinned_place` counts from 0 and wins over classes; places that collide or lie
    past the end give way to the nearest free one. `risk` is R.
    """

    change_id: str
    minutes: int
    needed: frozenset[str] = frozenset()
    agenda_class: AgendaClass = AgendaClass.REST
    risk: float = 0.0
    window: Interval | None = None
    pinned_place: int | None = None


@dataclass(frozen=True, slots=True)
class Agenda:
    """The order of a meeting, the sum of the spans in minutes, and the items that missed their window."""

    order: tuple[str, ...]
    attendee_minutes: int
    outside_window: tuple[str, ...]


class Cost(NamedTuple):
    """What an order costs: items outside their window, then the sum of spans in minutes."""

    missed: int
    minutes: int

    def plus(self, other: "Cost") -> "Cost":
        """Return the sum, part by part."""
        return Cost(self.missed + other.missed, self.minutes + other.minutes)


FREE = Cost(0, 0)


def order_agenda(entries: Sequence[AgendaEntry]) -> Agenda:
    """Return the best order: pinned places, then classes, then windows, then spans; ties by −R, then id.

    Exact for up to 14 items, above that by moving single items until no move helps. Items follow each other without
    pauses; a window that no order can keep is reported, not refused.
    """
    ranked = sorted(entries, key=lambda entry: (-entry.risk, entry.change_id))
    table = _Table.of(ranked)
    order = _exact(table) if len(ranked) <= EXACT_ITEMS else _improved(table)
    heard_in_order = [ranked[index] for index in order]
    return Agenda(
        order=tuple(entry.change_id for entry in heard_in_order),
        attendee_minutes=sum_of_spans(heard_in_order),
        outside_window=missed_windows(heard_in_order),
    )


def sum_of_spans(order: Sequence[AgendaEntry]) -> int:
    """Return the minutes people must stay, from the first to the last item that needs them, summed over people."""
    elapsed = 0
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for entry in order:
        for person in entry.needed:
            first.setdefault(person, elapsed)
            last[person] = elapsed + entry.minutes
        elapsed += entry.minutes
    return sum(last[person] - first[person] for person in first)


def missed_windows(order: Sequence[AgendaEntry]) -> tuple[str, ...]:
    """Return the change ids of the items that do not lie within their window."""
    elapsed = 0
    missed: list[str] = []
    for entry in order:
        if not _lies_in_window(entry, elapsed):
            missed.append(entry.change_id)
        elapsed += entry.minutes
    return tuple(missed)


def _lies_in_window(entry: AgendaEntry, start: int) -> bool:
    return entry.window is None or (entry.window[0] <= start and start + entry.minutes <= entry.window[1])


@dataclass(frozen=True, slots=True)
class _Table:
    """Entries in tie order, with sets of entries and of people as bit masks; `needs` and `spent` are kept per set."""

    entries: Sequence[AgendaEntry]
    pinned: Mapping[int, int]
    people: tuple[int, ...]
    needs: dict[int, int] = field(default_factory=lambda: {0: 0})
    spent: dict[int, int] = field(default_factory=lambda: {0: 0})

    @classmethod
    def of(cls, entries: Sequence[AgendaEntry]) -> "_Table":
        names = sorted({person for entry in entries for person in entry.needed})
        bit = {person: 1 << number for number, person in enumerate(names)}
        return cls(entries, _pinned(entries), tuple(sum(bit[person] for person in entry.needed) for entry in entries))

    @property
    def everything(self) -> int:
        return (1 << len(self.entries)) - 1

    def choices(self, heard: int) -> list[int]:
        """Return what may come next after the set `heard`: the entry pinned there, else the lowest class left."""
        place = heard.bit_count()
        if place in self.pinned:
            return [self.pinned[place]]
        taken = set(self.pinned.values())
        left = [index for index in range(len(self.entries)) if not heard >> index & 1 and index not in taken]
        lowest = min(self.entries[index].agenda_class for index in left)
        return [index for index in left if self.entries[index].agenda_class == lowest]

    def cost(self, heard: int, index: int) -> Cost:
        """Return what it costs to hear an entry after the set `heard`."""
        entry = self.entries[index]
        present = self._needed_by(heard | 1 << index) & self._needed_by(self.everything & ~heard)
        is_missed = not _lies_in_window(entry, self._minutes_of(heard))
        return Cost(int(is_missed), entry.minutes * present.bit_count())

    def _needed_by(self, chosen: int) -> int:
        known = self.needs.get(chosen)
        if known is None:
            known = self._needed_by(chosen & chosen - 1) | self.people[(chosen & -chosen).bit_length() - 1]
            self.needs[chosen] = known
        return known

    def _minutes_of(self, chosen: int) -> int:
        known = self.spent.get(chosen)
        if known is None:
            known = self._minutes_of(chosen & chosen - 1) + self.entries[(chosen & -chosen).bit_length() - 1].minutes
            self.spent[chosen] = known
        return known


def _pinned(entries: Sequence[AgendaEntry]) -> dict[int, int]:
    """Return place to entry for the pinned ones, each at the free place nearest to its own, the earlier if two are."""
    places: dict[int, int] = {}
    wanted = [(entry.pinned_place, index) for index, entry in enumerate(entries) if entry.pinned_place is not None]
    for place, index in sorted(wanted):
        free = [other for other in range(len(entries)) if other not in places]
        places[min(free, key=lambda other: (abs(other - place), other))] = index
    return places


def _exact(table: _Table) -> list[int]:
    """Return the cheapest order, the first in tie order among equals, by dynamic programming over reachable sets."""
    layers = [{0}]
    for _ in table.entries:
        layers.append({heard | 1 << index for heard in layers[-1] for index in table.choices(heard)})
    cheapest = {table.everything: FREE}
    choice: dict[int, int] = {}
    for layer in reversed(layers[:-1]):
        for heard in layer:
            costs = {
                index: table.cost(heard, index).plus(cheapest[heard | 1 << index]) for index in table.choices(heard)
            }
            choice[heard] = min(costs, key=lambda index: (costs[index], index))
            cheapest[heard] = costs[choice[heard]]
    order: list[int] = []
    heard = 0
    while heard != table.everything:
        order.append(choice[heard])
        heard |= 1 << choice[heard]
    return order


def _improved(table: _Table) -> list[int]:
    """Return an order that moving one item cannot improve, starting from classes and tie order."""
    taken = set(table.pinned.values())
    free = [index for index in range(len(table.entries)) if index not in taken]
    free.sort(key=lambda index: (table.entries[index].agenda_class, index))
    best = _order_cost(table, free)
    improving = True
    while improving:
        improving = False
        for index in list(free):
            cost, moved = min((_order_cost(table, other), other) for other in _reinsertions(table, free, index))
            if cost < best:
                best, free, improving = cost, moved, True
    return _with_pinned(table, free)


def _reinsertions(table: _Table, free: list[int], index: int) -> list[list[int]]:
    """Return every order that differs in the place of one item, within its class."""
    rest = [other for other in free if other != index]
    own_class = table.entries[index].agenda_class
    first = sum(table.entries[other].agenda_class < own_class for other in rest)
    last = sum(table.entries[other].agenda_class <= own_class for other in rest)
    return [[*rest[:place], index, *rest[place:]] for place in range(first, last + 1)]


def _with_pinned(table: _Table, free: list[int]) -> list[int]:
    unpinned = iter(free)
    return [table.pinned[place] if place in table.pinned else next(unpinned) for place in range(len(table.entries))]


def _order_cost(table: _Table, free: list[int]) -> Cost:
    order = [table.entries[index] for index in _with_pinned(table, free)]
    return Cost(len(missed_windows(order)), sum_of_spans(order))
