"""Outages that only three or more changes cause together (ENGINES 3.3 and 3.5, REDUNDANCY of larger sets).

At every start and end of a window, because a change that masks the outage may end later, the changes active then
are shrunk in ascending order of ids to a minimal set of culprits, for every CI that no single and no pair takes down.
A sweep keeps count of the members each redundancy group has lost, and only looks closer where a group breaks.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from domain.conflict.context import ConflictContext
from domain.conflict.failure import FailureModel, Loss
from domain.conflict.footprint import ScheduledChange
from domain.conflict.instants import ClosedSpans, InstantFinding, in_spans
from domain.conflict.meeting import keep_apart
from domain.conflict.model import ConflictCode
from domain.kernel.intervals import Interval

Outage = tuple[str, tuple[ScheduledChange, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class Hold:
    """A step of a change while it has its targets down."""

    change: ScheduledChange
    targets: frozenset[str]
    window: Interval
    loss: Loss


def joint_outages(
    changes: Sequence[ScheduledChange], spans: ClosedSpans | None, context: ConflictContext
) -> Iterator[InstantFinding]:
    """Yield, for each event within the spans and each CI, the minimal set of three or more changes that fells it."""
    failures = context.failures
    known: dict[frozenset[Hold], list[Outage]] = {}
    for instant, active in _sweep(changes, failures):
        if not in_spans(instant, spans):
            continue
        involved = active.involved_in_joint_breaks()
        if not involved:
            continue
        if involved not in known:
            known[involved] = _minimal_outages(involved, failures)
        for ci_id, culprits in known[involved]:
            if not active.has_lost(ci_id):
                ids = tuple(change.id for change in culprits)
                until = min(change.exclusive[1] for change in culprits)
                yield InstantFinding(instant, ConflictCode.REDUNDANCY, ci_id, ids, until)


class _ActiveHolds:
    """The steps under way at one instant, and how many members they cost each group they do not break alone."""

    def __init__(self, failures: FailureModel) -> None:
        self._failures = failures
        self._holds: dict[Hold, None] = {}
        self._spent: dict[str, Counter[str]] = {}

    def take_up(self, hold: Hold) -> None:
        self._holds[hold] = None
        for group_id, members in hold.loss.spent.items():
            self._spent.setdefault(group_id, Counter()).update(members)

    def lay_down(self, hold: Hold) -> None:
        del self._holds[hold]
        for group_id, members in hold.loss.spent.items():
            left = self._spent[group_id] - Counter(members)
            if left:
                self._spent[group_id] = left
            else:
                del self._spent[group_id]

    def has_lost(self, ci_id: str) -> bool:
        """Whether a single step takes the CI down."""
        return any(ci_id in hold.loss.lost for hold in self._holds)

    def involved_in_joint_breaks(self) -> frozenset[Hold]:
        """Return the holds that may have a part in an outage that none of them causes alone, chains of groups included.

        It begins with the groups that all holds together break although their CIs are lost to none of them, and goes
        on through the groups that the CIs lost that way belong to.
        """
        broken = {
            group_id
            for group_id, members in self._spent.items()
            if len(members) >= self._failures.still_to_lose(group_id)
            and not all(self.has_lost(ci_id) for ci_id in self._failures.protected_by(group_id))
        }
        involved = self._spending(broken)
        while broken:
            newly_lost = self._failures.loss(_targets(involved)).lost.difference(*(hold.loss.lost for hold in involved))
            wider = involved | self._spending(self._failures.topology.groups_touched(newly_lost))
            if wider == involved:
                break
            involved = wider
        return involved

    def _spending(self, group_ids: Iterable[str]) -> frozenset[Hold]:
        wanted = set(group_ids)
        return frozenset(hold for hold in self._holds if not wanted.isdisjoint(hold.loss.spent))


def _sweep(changes: Sequence[ScheduledChange], failures: FailureModel) -> Iterator[tuple[int, _ActiveHolds]]:
    """Yield every start and end of a window in order, with what is under way from then on."""
    holds = [hold for change in changes for hold in _holds(change, failures)]
    instants = {edge for change in changes for edge in change.exclusive} | {
        edge for hold in holds for edge in hold.window
    }
    begins = sorted(holds, key=lambda hold: hold.window[0], reverse=True)
    ends = sorted(holds, key=lambda hold: hold.window[1], reverse=True)
    active = _ActiveHolds(failures)
    for instant in sorted(instants):
        while begins and begins[-1].window[0] <= instant:
            active.take_up(begins.pop())
        while ends and ends[-1].window[1] <= instant:
            active.lay_down(ends.pop())
        yield instant, active


def _holds(change: ScheduledChange, failures: FailureModel) -> Iterator[Hold]:
    for step in change.change.steps:
        window = change.step_window(step)
        if window is not None:
            yield Hold(change, step.targets, window, failures.loss(step.targets))


def _minimal_outages(holds: frozenset[Hold], failures: FailureModel) -> list[Outage]:
    """Return each CI that the holds only fell by three changes or more, with the culprits."""
    steps: dict[ScheduledChange, list[Hold]] = {}
    for hold in sorted(holds, key=lambda hold: (hold.change.id, sorted(hold.targets))):
        steps.setdefault(hold.change, []).append(hold)
    suspects = failures.loss(_targets(holds)).lost.difference(*(hold.loss.lost for hold in holds))
    suspects -= _lost_to_pairs(list(steps.values()), failures)
    options = {change: [hold.targets for hold in mine] for change, mine in steps.items()}
    outages = []
    for ci_id in sorted(suspects):
        for together in _compatible_sets(list(options)):
            if _takes_down(ci_id, [options[change] for change in together], failures):
                outages.append((ci_id, _culprits(ci_id, together, options, failures)))
                break
    return outages


def _lost_to_pairs(changes: Sequence[Sequence[Hold]], failures: FailureModel) -> frozenset[str]:
    lost: set[str] = set()
    for index, mine in enumerate(changes):
        for theirs in changes[index + 1 :]:
            if keep_apart(mine[0].change, theirs[0].change):
                continue
            for my_hold in mine:
                for their_hold in theirs:
                    if failures.break_together(my_hold.loss, their_hold.loss):
                        lost |= failures.loss(my_hold.targets | their_hold.targets).lost
    return frozenset(lost)


def _compatible_sets(changes: list[ScheduledChange]) -> Iterator[list[ScheduledChange]]:
    """Yield subsets without two changes declared to keep apart; every such subset lies in one of them."""
    for change in changes:
        apart = [other for other in changes if keep_apart(change, other)]
        if apart:
            yield from _compatible_sets([other for other in changes if other not in apart])
            yield from _compatible_sets([other for other in changes if other is not change])
            return
    yield changes


def _culprits(
    ci_id: str,
    together: list[ScheduledChange],
    options: dict[ScheduledChange, list[frozenset[str]]],
    failures: FailureModel,
) -> tuple[ScheduledChange, ...]:
    """Return the changes shrunk in ascending order of ids to a minimal set that still takes the CI down."""
    needed = list(together)
    for change in together:
        fewer = [other for other in needed if other is not change]
        if _takes_down(ci_id, [options[other] for other in fewer], failures):
            needed = fewer
    return tuple(needed)


def _takes_down(ci_id: str, options: Sequence[Sequence[frozenset[str]]], failures: FailureModel) -> bool:
    """Whether the CI falls under some choice of one step per change; all steps at once bound what a choice can do."""
    everything = frozenset[str]().union(*(targets for steps in options for targets in steps))
    if ci_id not in failures.loss(everything).lost:
        return False
    for index, steps in enumerate(options):
        if len(steps) > 1:
            return any(
                _takes_down(ci_id, [*options[:index], [targets], *options[index + 1 :]], failures) for targets in steps
            )
    return True


def _targets(holds: Iterable[Hold]) -> frozenset[str]:
    return frozenset[str]().union(*(hold.targets for hold in holds))
