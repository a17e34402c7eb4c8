"""The two sweeps that carry witnesses: degree, and thin redundancy (ENGINES 2.2)."""

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence

from domain.ci.topology import Topology
from domain.ci.witness import GroupTally, Link, Offers, Witness, WitnessSearch, in_witness_order, propose


def degree_witnesses(
    topology: Topology,
    seeds: Collection[str],
    down: Container[str],
    epsilon: float,
    on_level: Callable[[int, int], None],
) -> dict[str, Witness]:
    """Return the witness of every CI with q >= epsilon and of every CI in `down`, the seeds at q 1.

    q is the least fixpoint of `max(seed, max alpha·q(provider), max alpha_g·(m_g-th largest q of the members))`.
    Pruning is exact from epsilon upwards; below it only CIs that are down carry their q on. `on_level` hears how many
    CIs and edges were walked so far, after every level of equal q and hops, and may raise to end the walk.
    """
    search, tally = WitnessSearch(seeds), GroupTally(topology)
    edge_count = 0
    while level := search.settle_next():
        edge_count += _offer_edges(search, topology, level, down, epsilon)
        for group, breaker in tally.broken_by(level):
            q = group.alpha * breaker.q
            for protected in group.protected:
                if q >= epsilon or protected in down:
                    search.offer(protected, q, breaker, group)
        on_level(len(search.settled), edge_count)
    return search.settled


def _offer_edges(
    search: WitnessSearch, topology: Topology, level: Sequence[Witness], down: Container[str], epsilon: float
) -> int:
    """Offer every edge that leaves a settled level; return how many edges leave it.

    The hottest loop of the engine: a level has one q and one number of hops, so each alpha leads to one next level.
    """
    q, hops, settled = level[0].q, level[0].hops + 1, search.settled
    next_levels: dict[float, Offers] = {}
    edge_count = 0
    for witness in level:
        edges = topology.edges_from.get(witness.ci_id, ())
        edge_count += len(edges)
        for edge in edges:
            alpha, dependent = edge.alpha, edge.dependent
            if dependent in settled or (alpha * q < epsilon and dependent not in down):
                continue
            if alpha not in next_levels:
                next_levels[alpha] = search.level(alpha * q, hops)
            propose(next_levels[alpha], dependent, witness, edge)
    return edge_count


def thin_witnesses(topology: Topology, down: Mapping[str, Witness]) -> dict[str, Witness]:
    """Return the witness of every CI that is not down but whose redundancy the CIs in `down` use up.

    Thin is: protected by a group with 1 to m_g - 1 members down; at a hard edge from a thin CI; or protected by a group
    with m_g members down or thin. The witness runs through the lost member, whose q it keeps.
    """
    search, tally = WitnessSearch(), GroupTally(topology)
    for group_id in topology.groups_touched(down):
        group = topology.groups[group_id]
        lost = min((down[member] for member in group.members if member in down), key=in_witness_order)
        _offer_unless_down(search, group.protected, lost, group, down)
    while level := search.settle_next():
        # Thin members alone are counted: where a lost member comes before the m-th, the offer above is the better.
        for group, breaker in tally.broken_by(level):
            _offer_unless_down(search, group.protected, breaker, group, down)
        for witness in level:
            for edge in topology.edges_from.get(witness.ci_id, ()):
                if edge.is_hard:
                    _offer_unless_down(search, (edge.dependent,), witness, edge, down)
    return search.settled


def _offer_unless_down(
    search: WitnessSearch, ci_ids: Iterable[str], previous: Witness, link: Link, down: Container[str]
) -> None:
    for ci_id in ci_ids:
        if ci_id not in down:
            search.offer(ci_id, previous.q, previous, link)
