"""Past changes like this one, by what they change, how, who does it and what it is called (ENGINES 1.3, F14).

Only what shares the model or a target is a peer; of the peers those count that are at least half alike, each as much as
it is alike. Every target has its own peers and the worst of them speak, as for the failure rates: one more
target never lowers the risk.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import fsum

from domain.risk.facts import ChangeFacts, TargetFacts
from domain.risk.model import Comparable
from domain.risk.rates import PastChange, RateTable

TARGET, MODEL, TEAM, TEXT = 0.35, 0.25, 0.15, 0.25
SAME_CLASS = 0.5
"""What the target counts where it is another of the same class."""

ALIKE_FROM = 0.5
PSEUDO_COUNT = 20.0
SHOWN = 5
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True, slots=True)
class Kind:
    """What likeness is judged by; changes of one kind have the same peers. `targets` are ids with their classes."""

    title: str
    model: str | None
    team: str | None
    targets: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, change: ChangeFacts, targets: Sequence[TargetFacts]) -> "Kind":
        """Return the kind of a change with its targets."""
        return cls(change.title, change.model, change.team, tuple((t.id, t.class_name) for t in targets))


@dataclass(frozen=True, slots=True)
class Alike:
    """A past change with how much it is like this one, as a sum of parts."""

    past: PastChange
    similarity: float
    parts: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Peers:
    """The past changes like one kind on its worst target, most alike first; `rate` is their shrunk failure rate."""

    rate: float
    alike: tuple[Alike, ...]

    @property
    def comparables(self) -> tuple[Comparable, ...]:
        """The most alike of them as they are shown."""
        return tuple(
            Comparable(one.past.id, one.similarity, one.parts, outcome_of(one.past.failure))
            for one in self.alike[:SHOWN]
        )


def peers_of(kind: Kind, rates: RateTable) -> Peers | None:
    """Return the peers on the target whose peers failed most, ties by id; None for a kind without a target."""
    if not kind.targets:
        return None
    of_model = {past.id: past for past in rates.with_model(kind.model)}
    by_class = {name: _Sums.of(kind, name, of_model) for name in {name for _, name in kind.targets}}
    ranked = [
        (-by_class[name].rate_on(kind, rates.with_target(ci_id), rates.organisation_rate), ci_id, name)
        for ci_id, name in kind.targets
    ]
    lowest, ci_id, class_name = min(ranked)
    peers = of_model | {past.id: past for past in rates.with_target(ci_id)}
    alike = [_alike(kind, ci_id, class_name, past) for past in peers.values()]
    counted = (one for one in alike if one.similarity >= ALIKE_FROM)
    return Peers(-lowest, tuple(sorted(counted, key=lambda one: (-one.similarity, one.past.id))))


def outcome_of(failure: float | None) -> str:
    """Return how a past change ended, in a word."""
    return "FAILED" if failure == 1.0 else "SUCCESSFUL" if failure == 0.0 else "UNCERTAIN"


@dataclass(frozen=True, slots=True)
class _Sums:
    """Σ k and Σ k·y over the peers of a model, for a target of one class that none of them was made on."""

    class_name: str
    of_model: Mapping[str, PastChange]
    weight: float
    failures: float

    @classmethod
    def of(cls, kind: Kind, class_name: str, of_model: Mapping[str, PastChange]) -> "_Sums":
        counted = [(_kernel(_on_class(kind, class_name, past)), past.failure or 0.0) for past in of_model.values()]
        return cls(class_name, of_model, fsum(k for k, _ in counted), fsum(k * y for k, y in counted))

    def rate_on(self, kind: Kind, on_target: Iterable[PastChange], organisation_rate: float) -> float:
        """Return (Σ k·y + 20·p0) / (Σ k + 20) for one target: what was made on it counts as that, not by its class."""
        weights, failures = [self.weight], [self.failures]
        for past in on_target:
            counted = _kernel(_on_class(kind, self.class_name, past)) if past.id in self.of_model else 0.0
            more = _kernel(_likeness(kind, past) + TARGET) - counted
            weights.append(more)
            failures.append(more * (past.failure or 0.0))
        weight = fsum(weights)
        return organisation_rate + (fsum(failures) - weight * organisation_rate) / (weight + PSEUDO_COUNT)


def _kernel(similarity: float) -> float:
    return similarity if similarity >= ALIKE_FROM else 0.0


def _on_class(kind: Kind, class_name: str, past: PastChange) -> float:
    likeness = _likeness(kind, past)
    return likeness + SAME_CLASS * TARGET if class_name in past.class_names else likeness


def _likeness(kind: Kind, past: PastChange) -> float:
    """Return the similarity without its part for the target."""
    model, team, text = _parts(kind, past)
    return model + team + text


def _parts(kind: Kind, past: PastChange) -> tuple[float, float, float]:
    return (
        MODEL if kind.model is not None and kind.model == past.model else 0.0,
        TEAM if kind.team is not None and kind.team == past.team else 0.0,
        TEXT * _overlap(_words(kind.title), _words(past.title)),
    )


def _alike(kind: Kind, ci_id: str, class_name: str, past: PastChange) -> Alike:
    of_class = SAME_CLASS * TARGET if class_name in past.class_names else 0.0
    target = TARGET if ci_id in past.ci_ids else of_class
    named = zip(("model", "team", "text"), _parts(kind, past), strict=True)
    return Alike(past, _likeness(kind, past) + target, (("target", target), *named))


def _overlap(first: frozenset[str], second: frozenset[str]) -> float:
    """Return how much of both is in each: 1 for the same words, 0 where none is shared."""
    shared = len(first & second)
    return shared / (len(first) + len(second) - shared) if shared else 0.0


@lru_cache(maxsize=16_384)
def _words(title: str) -> frozenset[str]:
    """Return the words of a title; numbers and short words say nothing of the kind of work."""
    return frozenset(_WORD.findall(title.casefold()))
