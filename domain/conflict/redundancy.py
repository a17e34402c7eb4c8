"""Redundancy lost by one change or by two together (ENGINES 3.3 and 3.5); larger sets are in `joint_outages`."""

from collections.abc import Iterator

from domain.conflict.context import ConflictContext
from domain.conflict.failure import FailureModel
from domain.conflict.footprint import ScheduledChange, Step
from domain.conflict.meeting import Pair, conflict_on_cis, listed, manner
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.kernel.intervals import overlap


def single_loss(change: ScheduledChange, context: ConflictContext) -> Conflict | None:
    """REDUNDANCY of one change: what it takes down only because redundancy is used up already, J(A) without fail(A)."""
    steps = change.change.steps
    alone = frozenset[str]().union(*(step.down for step in steps))
    lost = losses_of(change, context.failures) - alone
    if not lost:
        return None
    cis = outage_cis(lost, lost | alone, context.failures)
    verb = "goes" if len(cis) == 1 else "go"
    return conflict(
        (change.id,),
        ConflictCode.REDUNDANCY,
        outage_rating(lost, context),
        f"{change.change.number} takes the last redundancy: with what is down already, "
        f"{listed(cis, context)} {verb} down.",
        context.policy.version,
        window=change.exclusive,
        cis=cis,
    )


def joint_loss(pair: Pair, kind: ConflictKind, context: ConflictContext) -> Conflict | None:
    """REDUNDANCY of a pair: what goes down under both changes and under neither of them, J(A,B) − J(A) − J(B).

    A rolling change counts one step at a time, a step with its own window only inside it.
    """
    failures = context.failures
    together: set[str] = set()
    for mine, theirs in _meeting_steps(pair):
        if failures.break_together(failures.loss(mine.targets), failures.loss(theirs.targets)):
            together |= failures.loss(mine.targets | theirs.targets).lost
    apart = losses_of(pair[0], failures) | losses_of(pair[1], failures) if together else frozenset[str]()
    lost = frozenset(together) - apart
    if not lost:
        return None
    cis = outage_cis(lost, frozenset(together) | apart, failures)
    message = (
        f"{pair[0].change.number} and {pair[1].change.number} are harmless apart; "
        f"together they take down {listed(cis, context)}{manner(kind)}."
    )
    rating = outage_rating(lost, context)
    return conflict_on_cis(pair, ConflictCode.REDUNDANCY, kind, rating, message, cis=cis, context=context)


def losses_of(change: ScheduledChange, failures: FailureModel) -> frozenset[str]:
    """Return J(A) without J(∅): what some single step takes down."""
    return frozenset[str]().union(*(failures.loss(step.targets).lost for step in change.change.steps))


def outage_rating(lost: frozenset[str], context: ConflictContext) -> Rating:
    """Return the rating of an outage: a blocker if it may reach a service of a critical tier."""
    if context.reaches_critical_service(lost):
        return Rating(ConflictSeverity.BLOCKER, context.policy.redundancy_critical)
    return Rating(ConflictSeverity.MAJOR, context.policy.redundancy)


def outage_cis(lost: frozenset[str], all_lost: frozenset[str], failures: FailureModel) -> list[AffectedCi]:
    """Return the CIs of an outage, each with the lost group members that explain it."""
    return [AffectedCi(ci_id, 1.0, failures.members_lost_above(ci_id, all_lost)) for ci_id in sorted(lost)]


def _meeting_steps(pair: Pair) -> Iterator[tuple[Step, Step]]:
    first, second = pair
    for mine in first.change.steps:
        for theirs in second.change.steps:
            my_window, their_window = first.step_window(mine), second.step_window(theirs)
            if my_window is not None and their_window is not None and overlap(my_window, their_window):
                yield mine, theirs
