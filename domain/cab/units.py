"""What must be placed together: bundles, and items that wait for each other in a circle (ENGINES 4.3, greedy)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from domain.cab.problem import Item

NO_DEADLINE = 1 << 62


@dataclass(frozen=True, slots=True)
class Unit:
    """Items that go to one meeting. `before` and `after` are the keys of the units it waits for and that wait for it.

    `priority` is the greatest π over the unit and all that waits for it, directly or not.
    """

    key: str
    members: tuple[str, ...]
    before: frozenset[str]
    after: frozenset[str]
    priority: int
    deadline: int

    @property
    def urgency(self) -> tuple[int, int, str]:
        """The order in which ready units are placed: greatest priority, earliest deadline, key."""
        return -self.priority, self.deadline, self.key


def units_of(items: Mapping[str, Item]) -> dict[str, Unit]:
    """Return the units by key, the smallest change id of each; every item lies in exactly one."""
    waits_for = _waits_between_bundles(items)
    closures = {key: _reachable(key, waits_for) for key in waits_for}
    key_of = {key: min(other for other in {key, *closures[key]} if _mutual(key, other, closures)) for key in waits_for}
    members: dict[str, list[str]] = {}
    for change_id in sorted(items):
        members.setdefault(key_of[_bundle_key(items[change_id])], []).append(change_id)
    before: dict[str, set[str]] = {key: set() for key in members}
    after: dict[str, set[str]] = {key: set() for key in members}
    for key, others in waits_for.items():
        for other in others:
            if key_of[other] != key_of[key]:
                before[key_of[key]].add(key_of[other])
                after[key_of[other]].add(key_of[key])
    units = {}
    for key, change_ids in members.items():
        waiting = {key, *_reachable(key, after)}
        units[change_ids[0]] = Unit(
            key=change_ids[0],
            members=tuple(change_ids),
            before=frozenset(members[other][0] for other in before[key]),
            after=frozenset(members[other][0] for other in after[key]),
            priority=max(items[change_id].weight for other in waiting for change_id in members[other]),
            deadline=min(_deadline(items[change_id]) for change_id in change_ids),
        )
    return units


def _bundle_key(item: Item) -> str:
    return f"item {item.change_id}" if item.bundle is None else f"bundle {item.bundle}"


def _deadline(item: Item) -> int:
    return NO_DEADLINE if item.deadline is None else item.deadline


def _waits_between_bundles(items: Mapping[str, Item]) -> dict[str, set[str]]:
    waits_for: dict[str, set[str]] = {_bundle_key(item): set() for item in items.values()}
    for item in items.values():
        for predecessor in item.predecessors:
            if predecessor in items:
                waits_for[_bundle_key(item)].add(_bundle_key(items[predecessor]))
    return waits_for


def _mutual(first: str, second: str, closures: Mapping[str, frozenset[str]]) -> bool:
    return first == second or (second in closures[first] and first in closures[second])


def _reachable(start: str, edges: Mapping[str, Iterable[str]]) -> frozenset[str]:
    """Return what can be reached from `start` by at least one edge."""
    seen: set[str] = set()
    stack = list(edges[start])
    while stack:
        key = stack.pop()
        if key not in seen:
            seen.add(key)
            stack.extend(edges[key])
    return frozenset(seen)
