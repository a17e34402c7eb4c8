"""How many conflicts are read at once: bounded pages, worst first, floods gathered into clusters (ENGINES 3.5).

Nothing here bounds what is stored.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.conflict.model import Conflict, worst_first
from domain.kernel.intervals import Interval, normalise

CLUSTER_FROM = 50


@dataclass(frozen=True, slots=True)
class Cluster:
    """Conflicts of one change around one CI in one stretch of time, read as one; members worst first, to be paged."""

    hub_id: str
    window: Interval
    members: tuple[Conflict, ...]

    @property
    def worst(self) -> Conflict:
        """The gravest member, which gives the cluster its severity and its place in the order."""
        return self.members[0]


@dataclass(frozen=True, slots=True)
class ConflictPage:
    """Entries worst first; `total` counts all there are to read, `is_truncated` says that a cap left some out."""

    entries: tuple[Conflict | Cluster, ...]
    total: int
    is_truncated: bool


def read_conflicts(conflicts: Iterable[Conflict], limit: int, cluster_from: int = CLUSTER_FROM) -> ConflictPage:
    """Return the conflicts of one change as people read them.

    Above `cluster_from` of them those with other changes are gathered per hub (the CI most of them name, ties by id)
    and connected stretch of time; a lone one stays as it is.
    """
    ranked = worst_first(conflicts)
    entries: list[Conflict | Cluster] = list(ranked)
    if len(ranked) > cluster_from:
        entries = _clustered(ranked)
    entries.sort(key=lambda entry: (entry.worst if isinstance(entry, Cluster) else entry).order)
    return ConflictPage(tuple(entries[:limit]), len(entries), len(entries) > limit)


def _clustered(ranked: Sequence[Conflict]) -> list[Conflict | Cluster]:
    entries: list[Conflict | Cluster] = []
    around: dict[str, list[tuple[Interval, Conflict]]] = {}
    named = Counter(ci.id for found in ranked if len(found.change_ids) > 1 for ci in found.cis)
    for found in ranked:
        if len(found.change_ids) > 1 and found.cis and found.window is not None:
            hub_id = min((ci.id for ci in found.cis), key=lambda ci_id: (-named[ci_id], ci_id))
            around.setdefault(hub_id, []).append((found.window, found))
        else:
            entries.append(found)
    for hub_id, members in sorted(around.items()):
        for start, end in normalise(window for window, _ in members):
            inside = tuple(found for window, found in members if start <= window[0] < end)
            entries.append(Cluster(hub_id, (start, end), inside) if len(inside) > 1 else inside[0])
    return entries
