"""Rules on two changes: the same CI, one behind the other, a shared service, soak time, declared order (ENGINES 3.3).

Every rule is symmetric: it puts its pair into the order of ids before it looks.
"""

from collections.abc import Iterator

from domain.conflict.context import ConflictContext
from domain.conflict.footprint import ScheduledChange, ServiceEffect
from domain.conflict.meeting import Pair, common_window, conflict_on_cis, counted, listed, manner, meeting_kind
from domain.conflict.model import AffectedCi, Conflict, ConflictCode, ConflictKind, ConflictSeverity, Rating, conflict
from domain.conflict.redundancy import joint_loss
from domain.kernel.intervals import overlap


def pair_conflicts(first: ScheduledChange, second: ScheduledChange, context: ConflictContext) -> Iterator[Conflict]:
    """Yield every conflict between two changes; the order they are given in does not matter."""
    pair = (first, second) if first.id < second.id else (second, first)
    kind = meeting_kind(*pair)
    found = [rule(pair, kind, context) for rule in (same_ci, dependent_ci, joint_loss)] if kind is not None else []
    if not any(found):
        found.append(shared_service(pair, context))
    found += [soak(pair, context), order(pair, context)]
    yield from (hit for hit in found if hit is not None)


def same_ci(pair: Pair, kind: ConflictKind, context: ConflictContext) -> Conflict | None:
    """SAME_CI: X overlap and a common direct CI; a blocker if both need it alone or one restarts or replaces it."""
    first, second = pair[0].change, pair[1].change
    shared = first.direct & second.direct
    if not shared:
        return None
    both_exclusive = first.is_exclusive_on(shared) and second.is_exclusive_on(shared)
    is_blocking = both_exclusive or first.is_disruptive_on(shared) or second.is_disruptive_on(shared)
    policy = context.policy
    if is_blocking:
        rating = Rating(ConflictSeverity.BLOCKER, policy.same_ci_exclusive)
    else:
        rating = Rating(ConflictSeverity.MAJOR, policy.same_ci)
    cis = [AffectedCi(ci_id, 1.0, (ci_id,)) for ci_id in shared]
    message = f"{first.number} and {second.number} both work on {listed(cis, context)}{manner(kind)}."
    return conflict_on_cis(pair, ConflictCode.SAME_CI, kind, rating, message, cis=cis, context=context)


def dependent_ci(pair: Pair, kind: ConflictKind, context: ConflictContext) -> Conflict | None:
    """DEPENDENT_CI: X overlap and one change impacts, beyond its own direct CIs, a direct CI of the other."""
    worst: dict[str, AffectedCi] = {}
    for cause, target in (pair, pair[::-1]):
        for hit in _indirect_hits(cause, target, context.hubs):
            if hit.id not in worst or hit.q > worst[hit.id].q:
                worst[hit.id] = hit
    if not worst:
        return None
    degree = max(hit.q for hit in worst.values())
    policy = context.policy
    rating = Rating(ConflictSeverity.MAJOR, policy.dependent_ci_base + policy.dependent_ci_slope * degree)
    cis = list(worst.values())
    message = (
        f"{pair[0].change.number} and {pair[1].change.number} reach each other's work over dependencies: "
        f"{listed(cis, context)}{manner(kind)}."
    )
    return conflict_on_cis(pair, ConflictCode.DEPENDENT_CI, kind, rating, message, cis=cis, context=context)


def shared_service(pair: Pair, context: ConflictContext) -> Conflict | None:
    """SHARED_SERVICE: V overlap and a critical service in both footprints; asked only where nothing graver is."""
    first, second = pair
    if not overlap(first.effective, second.effective):
        return None
    mine, theirs = (_critical_services(change, context.policy.critical_tier) for change in pair)
    shared = [max(mine[key], theirs[key], key=lambda effect: effect.q) for key in sorted(mine.keys() & theirs.keys())]
    if not shared:
        return None
    cis = [AffectedCi(effect.id, effect.q, effect.witness) for effect in shared]
    message = (
        f"{first.change.number} and {second.change.number} both affect {listed(cis, context)}: "
        "if it suffers, nobody will know which of them did it."
    )
    return conflict(
        (first.id, second.id),
        ConflictCode.SHARED_SERVICE,
        Rating(ConflictSeverity.MINOR, context.policy.shared_service),
        message,
        context.policy.version,
        window=common_window((first.effective, second.effective)),
        cis=cis,
    )


def soak(pair: Pair, context: ConflictContext) -> Conflict | None:
    """SOAK: one starts within the bake time of the other on a common direct CI (`end ≤ start < end + bake`)."""
    shared = pair[0].change.direct & pair[1].change.direct
    for earlier, later in (pair, pair[::-1]):
        end, start = earlier.planned[1], later.planned[0]
        baked = end + earlier.change.bake_seconds
        if shared and end <= start < baked:
            cis = [AffectedCi(ci_id, 1.0, (ci_id,)) for ci_id in shared]
            pause = counted((start - end) // 60, "minute")
            bake = counted(earlier.change.bake_seconds // 60, "minute")
            message = (
                f"{later.change.number} starts {pause} after {earlier.change.number} ends, "
                f"inside the {bake} it should run undisturbed on {listed(cis, context)}."
            )
            return conflict(
                (earlier.id, later.id),
                ConflictCode.SOAK,
                Rating(ConflictSeverity.MINOR, context.policy.soak),
                message,
                context.policy.version,
                window=(start, baked),
                cis=cis,
            )
    return None


def order(pair: Pair, context: ConflictContext) -> Conflict | None:
    """ORDER: a declared predecessor ends after its successor starts."""
    for earlier, later in (pair, pair[::-1]):
        end, start = earlier.planned[1], later.planned[0]
        if earlier.id in later.change.predecessors and end > start:
            return conflict(
                (earlier.id, later.id),
                ConflictCode.ORDER,
                Rating(ConflictSeverity.BLOCKER, context.policy.order),
                f"{earlier.change.number} must be finished before {later.change.number} starts, "
                f"but ends {counted(-(-(end - start) // 60), 'minute')} after that.",
                context.policy.version,
                window=(start, end),
            )
    return None


def _indirect_hits(cause: ScheduledChange, target: ScheduledChange, hubs: frozenset[str]) -> Iterator[AffectedCi]:
    """Yield direct CIs of `target` that `cause` impacts indirectly; effects from or on a hub are left to services."""
    effects, direct = cause.change.effects, cause.change.direct
    for ci_id in target.change.direct:
        effect = effects.get(ci_id)
        if effect is None or ci_id in direct or ci_id in hubs:
            continue
        if not (effect.witness and effect.witness[0] in hubs):
            yield AffectedCi(ci_id, effect.q, effect.witness)


def _critical_services(change: ScheduledChange, critical_tier: int) -> dict[str, ServiceEffect]:
    return {effect.id: effect for effect in change.change.services if effect.tier <= critical_tier}
