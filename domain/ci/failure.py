"""One failure in full: what is down, to which degree the rest notices, and what lost its redundancy (ENGINES 2.2)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from domain.ci.down import down_set
from domain.ci.sweeps import degree_witnesses, thin_witnesses
from domain.ci.topology import Topology
from domain.ci.witness import Witness


@dataclass(frozen=True, slots=True)
class Failure:
    """What one set of CIs failing together does, or the worst of several that never fail together.

    `degrees` holds the witness of every CI that is down or has q >= epsilon, `thin` of every CI that some of
    the failures leaves without a spare.
    """

    down: frozenset[str]
    degrees: Mapping[str, Witness]
    thin: Mapping[str, Witness]

    def q(self, ci_id: str) -> float:
        """Return the degree in [0, 1], 0.0 for a CI that is neither down nor at epsilon."""
        witness = self.degrees.get(ci_id)
        return 0.0 if witness is None else witness.q

    def witness(self, ci_id: str) -> Witness | None:
        """Return the witness of the degree, or of the thinness of a CI that is at risk only."""
        return self.degrees.get(ci_id) or self.thin.get(ci_id)


NOTHING_FAILS = Failure(frozenset(), {}, {})


def failure_of(
    topology: Topology, seeds: Collection[str], epsilon: float, on_level: Callable[[int, int], None]
) -> Failure:
    """Return what happens when the seeds fail together; `on_level` as in `degree_witnesses`."""
    down = down_set(topology, seeds)
    degrees = degree_witnesses(topology, seeds, down, epsilon, on_level)
    return Failure(down, degrees, thin_witnesses(topology, {ci_id: degrees[ci_id] for ci_id in down}))


def worst_of(failures: Sequence[Failure]) -> Failure:
    """Return the worst of failures that never happen together: the greatest q, down if any takes it down."""
    if len(failures) == 1:
        return failures[0]
    return Failure(
        down=frozenset().union(*(failure.down for failure in failures)),
        degrees=_best_witnesses([failure.degrees for failure in failures]),
        thin=_best_witnesses([failure.thin for failure in failures]),
    )


def _best_witnesses(searches: Sequence[Mapping[str, Witness]]) -> dict[str, Witness]:
    best: dict[str, Witness] = {}
    for witnesses in searches:
        for ci_id, witness in witnesses.items():
            known = best.get(ci_id)
            if known is None or _is_better(witness, known):
                best[ci_id] = witness
    return best


def _is_better(left: Witness, right: Witness) -> bool:
    """Whether the left witness is the better, the two being of different searches."""
    if (left.q, left.hops) != (right.q, right.hops):
        return (-left.q, left.hops) < (-right.q, right.hops)
    return left.path() < right.path()
