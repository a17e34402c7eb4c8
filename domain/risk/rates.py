"""Empirical-Bayes failure rates of the past (ENGINES 1.3): small samples cannot shout, old ones fade.

A `RateTable` is built once per instant in one pass over the changes, then asked in constant time. Only changes
that were known at that instant and had seven days to go wrong count; a censored one counts nowhere.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from heapq import heappush, heappushpop
from math import log, sqrt

from domain.risk.params import DAY, RateParams

SHOWN_CHANGES = 5
SHOWN_SUCCESSES = 3
PEERS_OF_A_MODEL, PEERS_OF_A_TARGET = 400, 100
"""So many of the latest changes are compared with a new one; more would say the same and take longer."""

UPPER_80 = 1.28


@dataclass(frozen=True, slots=True)
class PastChange:
    """One change that was carried out, with its label as it was known at `known_at` (epoch seconds).

    `failure` is 1.0 if it went wrong, 0.0 if not, between the two for an inferred link, None while censored.
    """

    id: str
    type: str
    model: str | None
    team: str | None
    ci_ids: tuple[str, ...]
    class_names: tuple[str, ...]
    failure: float | None
    started_at: int
    known_at: int
    title: str = ""


@dataclass(frozen=True, slots=True)
class FailureRate:
    """A shrunk failure rate: `value` lies between the decayed raw rate and `parent`.

    `count` and `failures` are the bare numbers, `weighted_count` and `weighted_failures` the decayed ones;
    `pseudo_count` is m, the weight of the parent; `failed_ids` are the latest changes that went wrong.
    """

    value: float
    parent: float
    pseudo_count: float
    weighted_count: float
    weighted_failures: float
    count: int
    failures: float
    failed_ids: tuple[str, ...]

    @property
    def upper(self) -> float:
        """The upper end of the 80 % interval, normal approximation to the Beta posterior."""
        spread = self.value * (1 - self.value) / (self.weighted_count + self.pseudo_count + 1)
        return min(1.0, self.value + UPPER_80 * sqrt(spread))


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Successful changes of one team on one class with one model, and the last three of them."""

    successes: float
    latest_ids: tuple[str, ...]


@dataclass(slots=True)
class _Latest:
    """The few changes that started last, ties to the smaller id; changes are offered in id order."""

    shown: int
    heap: list[tuple[int, int, str]] = field(default_factory=list)
    offered: int = 0

    def offer(self, change: PastChange) -> None:
        self.offered += 1
        entry = (change.started_at, -self.offered, change.id)
        if len(self.heap) < self.shown:
            heappush(self.heap, entry)
        else:
            heappushpop(self.heap, entry)

    def ids(self) -> tuple[str, ...]:
        return tuple(change_id for _, _, change_id in sorted(self.heap, reverse=True))


@dataclass(slots=True)
class _Tally:
    """Running sums of one entity; weights are relative to the table's reference instant."""

    weighted_count: float = 0.0
    weighted_failures: float = 0.0
    count: int = 0
    failures: float = 0.0
    failed: _Latest = field(default_factory=lambda: _Latest(SHOWN_CHANGES))

    def add(self, change: PastChange, failure: float, weight: float) -> None:
        self.weighted_count += weight
        self.count += 1
        if failure:
            self.weighted_failures += failure * weight
            self.failures += failure
            self.failed.offer(change)


@dataclass(slots=True)
class _Successes:
    """Successes of one (team, class, model)."""

    total: float = 0.0
    latest: _Latest = field(default_factory=lambda: _Latest(SHOWN_SUCCESSES))


@dataclass(slots=True)
class _Recent:
    """The changes that started last of those with one thing in common, ties to the greater id, in no order."""

    most: int
    heap: list[tuple[int, str, PastChange]] = field(default_factory=list)

    def offer(self, change: PastChange) -> None:
        entry = (change.started_at, change.id, change)
        if len(self.heap) < self.most:
            heappush(self.heap, entry)
        else:
            heappushpop(self.heap, entry)

    @property
    def changes(self) -> list[PastChange]:
        return [change for _, _, change in self.heap]


@dataclass(slots=True)
class _Tallies:
    """The sums of one pass over the past."""

    organisation: _Tally = field(default_factory=_Tally)
    by_type: dict[str, _Tally] = field(default_factory=dict)
    by_model: dict[str, _Tally] = field(default_factory=dict)
    by_team: dict[str, _Tally] = field(default_factory=dict)
    by_ci: dict[str, _Tally] = field(default_factory=dict)
    successes: dict[tuple[str, str, str], _Successes] = field(default_factory=dict)
    of_model: dict[str, _Recent] = field(default_factory=dict)
    of_ci: dict[str, _Recent] = field(default_factory=dict)


_NOTHING = _Tally()


@dataclass(frozen=True, slots=True)
class RateTable:
    """Failure rates as of one instant; `organisation_rate` is p_org, given or found."""

    as_of: int
    organisation_rate: float
    _tallies: _Tallies
    _params: RateParams
    _scale: float = 1.0

    @classmethod
    def build(
        cls,
        changes: Iterable[PastChange],
        as_of: int,
        params: RateParams,
        organisation_rate: float | None = None,
    ) -> "RateTable":
        """Return the table of what was known and mature at `as_of`; the order and repetition of changes are irrelevant.

        `organisation_rate` holds p_org fixed within an epoch; None computes it as (f + 200 · .03) / (n + 200).
        """
        tallies = _Tallies()
        for change in _settled(changes, as_of, params):
            _count(tallies, change, _decay(as_of - change.started_at, params))
        table = cls(as_of, organisation_rate or params.prior_rate, tallies, params)
        if organisation_rate is not None:
            return table
        found = table._rate(tallies.organisation, params.prior_rate, params.prior_count)
        return replace(table, organisation_rate=found.value)

    @classmethod
    def through_time(
        cls, changes: Iterable[PastChange], instants: Sequence[int], params: RateParams
    ) -> Iterator["RateTable"]:
        """Yield, for every one of the ascending instants, what `build` would return, in one pass over the changes.

        A table is good until the next one is asked for: they share their sums.
        """
        coming = sorted(_labelled(changes), key=lambda change: (_settled_at(change, params), change.id), reverse=True)
        tallies = _Tallies()
        for instant in instants:
            while coming and _settled_at(coming[-1], params) <= instant:
                change = coming.pop()
                _count(tallies, change, _decay(instants[0] - change.started_at, params))
            table = cls(instant, params.prior_rate, tallies, params, _decay(instant - instants[0], params))
            yield replace(table, organisation_rate=table.organisation().value)

    def at(self, as_of: int) -> "RateTable":
        """Return the same past seen from a later instant, in constant time, with p_org held.

        All weights fade by one common factor. Changes that matured since the table was built are not in it.
        """
        if as_of < self.as_of:
            raise ValueError("a rate table cannot be asked about the time before it was built")
        faded = self._scale * _decay(as_of - self.as_of, self._params)
        return replace(self, as_of=as_of, _scale=faded)

    def organisation(self) -> FailureRate:
        """Return the rate of all changes, shrunk to the prior."""
        return self._rate(self._tallies.organisation, self._params.prior_rate, self._params.prior_count)

    def of_type(self, change_type: str) -> FailureRate:
        """Return the rate of a change type, shrunk to p_org."""
        return self._rate(self._tallies.by_type.get(change_type), self.organisation_rate, self._params.type_count)

    def of_model(self, model: str, change_type: str) -> FailureRate:
        """Return the rate of a change model, shrunk to that of its type."""
        parent = self.of_type(change_type).value
        return self._rate(self._tallies.by_model.get(model), parent, self._params.model_count)

    def of_team(self, team: str) -> FailureRate:
        """Return the rate of a team, shrunk to p_org; a person's rate is never computed."""
        return self._rate(self._tallies.by_team.get(team), self.organisation_rate, self._params.team_count)

    def of_ci(self, ci_id: str) -> FailureRate:
        """Return the rate of changes on a configuration item, shrunk to p_org."""
        return self._rate(self._tallies.by_ci.get(ci_id), self.organisation_rate, self._params.ci_count)

    def track_record(self, team: str, class_name: str, model: str) -> TrackRecord:
        """Return how often that team did that model on that class without harm."""
        found = self._tallies.successes.get((team, class_name, model))
        if found is None:
            return TrackRecord(0.0, ())
        return TrackRecord(found.total, found.latest.ids())

    def with_model(self, model: str | None) -> Sequence[PastChange]:
        """Return the latest changes that followed a model, in no order; none for no model."""
        found = None if model is None else self._tallies.of_model.get(model)
        return () if found is None else found.changes

    def with_target(self, ci_id: str) -> Sequence[PastChange]:
        """Return the latest changes that were made on a configuration item, in no order."""
        found = self._tallies.of_ci.get(ci_id)
        return () if found is None else found.changes

    def _rate(self, tally: _Tally | None, parent: float, pseudo_count: float) -> FailureRate:
        found = tally or _NOTHING
        count, failures = found.weighted_count * self._scale, found.weighted_failures * self._scale
        return FailureRate(
            value=shrunk_rate(failures, count, parent, pseudo_count),
            parent=parent,
            pseudo_count=pseudo_count,
            weighted_count=count,
            weighted_failures=failures,
            count=found.count,
            failures=found.failures,
            failed_ids=found.failed.ids(),
        )


def shrunk_rate(failures: float, count: float, parent: float, pseudo_count: float) -> float:
    """Return (f + m · parent) / (n + m): between the raw rate and the parent's, nearer to it the fewer the changes.

    Written as a step away from the parent, so that no changes at all give exactly the parent.
    """
    return parent + (failures - count * parent) / (count + pseudo_count)


def logit(rate: float) -> float:
    """Return the log-odds of a rate inside (0, 1)."""
    return log(rate / (1 - rate))


def _settled(changes: Iterable[PastChange], as_of: int, params: RateParams) -> list[PastChange]:
    """Return, once each and in id order, the labelled changes that were known and mature at the instant."""
    return [change for change in _labelled(changes) if _settled_at(change, params) <= as_of]


def _labelled(changes: Iterable[PastChange]) -> list[PastChange]:
    """Return, once each and in id order, the changes that have a label."""
    counted = {change.id: change for change in changes if change.failure is not None}
    return [counted[change_id] for change_id in sorted(counted)]


def _settled_at(change: PastChange, params: RateParams) -> float:
    """Return the instant from which a change counts: its label is known and it had its days to go wrong."""
    return max(change.known_at, change.started_at + params.maturity_days * DAY)


def _decay(age_seconds: int, params: RateParams) -> float:
    return float(2.0 ** (-age_seconds / (params.half_life_days * DAY)))


def _count(tallies: _Tallies, change: PastChange, weight: float) -> None:
    failure = change.failure or 0.0
    tallies.organisation.add(change, failure, weight)
    _tally(tallies.by_type, change.type).add(change, failure, weight)
    if change.model is not None:
        _tally(tallies.by_model, change.model).add(change, failure, weight)
        tallies.of_model.setdefault(change.model, _Recent(PEERS_OF_A_MODEL)).offer(change)
    if change.team is not None:
        _tally(tallies.by_team, change.team).add(change, failure, weight)
    for ci_id in dict.fromkeys(change.ci_ids):
        _tally(tallies.by_ci, ci_id).add(change, failure, weight)
        tallies.of_ci.setdefault(ci_id, _Recent(PEERS_OF_A_TARGET)).offer(change)
    if change.team is None or change.model is None or failure >= 1:
        return
    for class_name in dict.fromkeys(change.class_names):
        key = (change.team, class_name, change.model)
        record = tallies.successes.setdefault(key, _Successes())
        record.total += 1 - failure
        record.latest.offer(change)


def _tally(tallies: dict[str, _Tally], key: str) -> _Tally:
    found = tallies.get(key)
    if found is None:
        found = tallies[key] = _Tally()
    return found
