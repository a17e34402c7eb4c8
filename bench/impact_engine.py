"""Impact beside plain breadth-first search on 100,000 CIs and 400,000 relations, side by side in one run.

Run with `python -m bench.impact_engine`. The ratio is what to watch: both walk the same estate on the same machine.
"""

import gc
import random
import time
from collections import deque
from collections.abc import Callable, Collection
from functools import partial
from itertools import pairwise

from domain.ci.impact import assess_impact, down_set
from domain.ci.topology import ImpactEdge, ImpactGroup, Topology

# The reach to measure and the layer whose CIs are added until they have it.
REACHES = ((20, 3), (2_000, 2), (30_000, 0))
LAYERS = (40, 960, 9_000, 30_000, 60_000)
PROVIDERS = 4
NEIGHBOURHOOD = 3
GROUPS = 2_000
ROUNDS = 7
KINDS = ((0.95, True), (0.9, True), (0.9, True), (0.7, True), (0.6, False), (0.3, False))


def estate(rng: random.Random) -> Topology:
    """Return layers of CIs (network, storage, hosts, applications, services), each standing on neighbours below."""
    layers = [[f"ci-{depth}-{place:05}" for place in range(size)] for depth, size in enumerate(LAYERS)]
    edges: list[ImpactEdge] = []
    for below, above in pairwise(layers):
        for place, dependent in enumerate(above):
            middle = place * len(below) // len(above)
            for _ in range(PROVIDERS):
                provider = below[(middle + rng.randint(-NEIGHBOURHOOD, NEIGHBOURHOOD)) % len(below)]
                alpha, is_hard = rng.choice(KINDS)
                edges.append(ImpactEdge(provider, dependent, alpha, is_hard, 0.7, f"r{len(edges)}"))
    groups = []
    for number in range(GROUPS):
        place = rng.randrange(len(layers[2]) - 3)
        protected = (layers[3][place * 3],)
        groups.append(ImpactGroup(f"g{number}", tuple(layers[2][place : place + 3]), protected, 1.0, 2, 0.7))
    return Topology(edges, groups)


def breadth_first(topology: Topology, seeds: Collection[str]) -> set[str]:
    """Return what is reachable over edges: the least any impact analysis must walk."""
    reached, frontier = set(seeds), deque(seeds)
    while frontier:
        for edge in topology.edges_from.get(frontier.popleft(), ()):
            if edge.dependent not in reached:
                reached.add(edge.dependent)
                frontier.append(edge.dependent)
    return reached


def seeds_reaching(topology: Topology, size: int, depth: int) -> list[str]:
    """Return as many CIs of one layer, from its first on, as together reach `size` CIs."""
    seeds: list[str] = []
    while len(breadth_first(topology, seeds)) < size:
        seeds.append(f"ci-{depth}-{len(seeds):05}")
    return seeds


def milliseconds(act: Callable[[], object]) -> float:
    """Return the median time of the act over `ROUNDS`."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    return sorted(times)[ROUNDS // 2] * 1_000


def main() -> None:
    """Print one line per reach."""
    topology = estate(random.Random(20_261_123))
    gc.freeze()
    print(f"{'reach':>7} {'impacted':>9} {'BFS ms':>8} {'impact ms':>10} {'ratio':>6} {'down ms':>8} {'ratio':>6}")
    for size, depth in REACHES:
        seeds = seeds_reaching(topology, size, depth)
        reach = len(breadth_first(topology, seeds))
        impacted = len(assess_impact(topology, [seeds]).impacted)
        plain = milliseconds(partial(breadth_first, topology, seeds))
        impact = milliseconds(partial(assess_impact, topology, [seeds]))
        down = milliseconds(partial(down_set, topology, seeds))
        print(
            f"{reach:>7} {impacted:>9} {plain:>8.2f} {impact:>10.2f} {impact / plain:>6.1f} "
            f"{down:>8.2f} {down / plain:>6.1f}"
        )


if __name__ == "__main__":
    main()
