"""Past incidents by the item they are on, kept as long as nobody edits them, up to so many (ADR 0054)."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from domain.risk.facts import IncidentFacts

MOST_KEPT = 150_000
"""How many incidents and items are kept: some thirty megabytes."""

OfCi = Mapping[str, tuple[IncidentFacts, ...]]


@dataclass(frozen=True, slots=True)
class EditedCis:
    """CIs of incidents that were edited: in acts that have a position in the log, and in those that wait for one."""

    numbered: frozenset[str]
    waiting: frozenset[str]


@dataclass(slots=True)
class PastIncidents:
    """The incidents opened since an instant (epoch seconds) on some CIs, as they stood at a position of the log.

    Each names the one CI it is kept under. The CIs asked about longest ago are the first to go.
    """

    position: int = 0
    since: int = 0
    _of_ci: OrderedDict[str, tuple[IncidentFacts, ...]] = field(default_factory=OrderedDict)
    _rows: int = 0

    def reach_back(self, position: int, since: int) -> None:
        """Start anew at a position unless what is kept goes back as far as that."""
        if not self._of_ci or since < self.since:
            self._of_ci.clear()
            self._rows, self.since, self.position = 0, since, position

    def move_to(self, position: int, edited: Iterable[str]) -> None:
        """Go on to a later position, without the CIs whose incidents were edited on the way."""
        for ci_id in edited:
            self._rows -= len(self._of_ci.pop(ci_id, ()))
        self.position = position

    def kept(self, ci_ids: Iterable[str]) -> dict[str, tuple[IncidentFacts, ...]]:
        """Return the incidents of those of the CIs that are kept."""
        found = {ci_id: self._of_ci[ci_id] for ci_id in ci_ids if ci_id in self._of_ci}
        for ci_id in found:
            self._of_ci.move_to_end(ci_id)
        return found

    def keep(self, read: OfCi) -> None:
        """Keep the incidents of these CIs, all that there are at this position."""
        for ci_id, rows in read.items():
            self._rows += len(rows) - len(self._of_ci.pop(ci_id, ()))
            self._of_ci[ci_id] = rows
        while self._rows + len(self._of_ci) > MOST_KEPT:
            self._rows -= len(self._of_ci.popitem(last=False)[1])


def by_id(of_cis: Iterable[OfCi], since: int) -> list[IncidentFacts]:
    """Return every incident opened since then once, in order of ids, with all the CIs it is kept under."""
    rows = [row for of_ci in of_cis for some in of_ci.values() for row in some if row.opened_at >= since]
    found = {row.id: row for row in rows}
    if len(found) == len(rows):
        return sorted(rows)
    ci_ids: dict[str, set[str]] = {}
    for row in rows:
        ci_ids.setdefault(row.id, set()).update(row.ci_ids)
    return [row._replace(ci_ids=tuple(sorted(ci_ids[id_]))) for id_, row in sorted(found.items())]
