"""Everything around changes that the engines ask about: calendars, windows, people, limits, outages, the past.

Loaded once per snapshot and shared by every change assessed on it; expansions are kept by the calendar package.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any

from domain.cab.model import CabSeries, MemberRole
from domain.calendar.business import ALWAYS_OPEN, BusinessCalendar, open_intervals
from domain.calendar.business_days import business_days_before
from domain.calendar.model import Calendar
from domain.calendar.recurrence import Recurrence, expand
from domain.change.model import ChangeModel
from domain.change.windows import ChangeWindow, ScopeKind, WindowKind
from domain.ci.impact import down_set
from domain.ci.model import BusinessService, CiClass, ConfigurationItem
from domain.ci.topology import Topology
from domain.conflict.context import (
    ApprovalFacts,
    Blackout,
    BlackoutScope,
    CapacityLimit,
    CapacitySubject,
    ConflictContext,
    OpenIncident,
    PersonFacts,
)
from domain.conflict.failure import FailureModel
from domain.conflict.policy import ConflictPolicy
from domain.kernel.intervals import Interval, Intervals, clip, normalise, subtract, union
from domain.kernel.time import from_seconds, to_seconds
from domain.people.model import CapacityLimit as StoredLimit
from domain.people.model import Person, Team
from domain.ports import DayCache, ImpactGraph, Outage, Ports, Snapshot, StandingCache
from domain.risk.loss import shrunk_restore_minutes
from domain.risk.params import SHIPPED, RiskParams
from domain.risk.rates import RateTable

DAY = 86_400
ALMOST_A_SECOND = timedelta(microseconds=999_999)

STANDING_SUBJECTS = frozenset(
    {
        "business_service",
        "cab_series",
        "calendar",
        "capacity_limit",
        "change_model",
        "change_window",
        "ci",
        "ci_class",
        "person",
        "policy",
        "team",
    }
)
"""The subjects of events after which what stands around changes is read anew."""


async def learn_of_the_past(snapshot: Snapshot, day: DayCache, as_of: int, params: RiskParams) -> RateTable:
    """Bring the cache to the start of the UTC day and return its rates faded to `as_of`: the same for every reader."""
    midnight = as_of - as_of % DAY
    key = (await snapshot.labels_position(), midnight, params.version)
    if day.rates is None or day.key != key:
        day.rates = RateTable.build(await snapshot.past_changes(), midnight, params.rates, params.organisation_rate)
        observed = await snapshot.restore_minutes(from_seconds(midnight))
        day.restore_minutes = {name: sorted(minutes) for name, minutes in observed.items()}  # medians are asked often
        day.shrunk, day.key = {}, key
    return day.rates.at(as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands around changes until somebody edits it; `names` are those of people, windows and services."""

    params: RiskParams
    conflict_policy: ConflictPolicy
    organisation: BusinessCalendar
    has_organisation_hours: bool
    calendars: Mapping[str, BusinessCalendar]
    windows: Sequence[ChangeWindow]
    recurrences: Mapping[str, Recurrence]
    classes: Mapping[str, CiClass]
    models: Mapping[str, ChangeModel]
    people: Mapping[str, Person]
    teams: Mapping[str, Team]
    limits: tuple[CapacityLimit, ...]
    services: Mapping[str, BusinessService]
    tiers: Mapping[str, int]
    service_owners: Mapping[str, str]
    boards: Sequence[CabSeries]
    names: dict[str, str] = field(default_factory=dict)

    @classmethod
    async def read(cls, snapshot: Snapshot) -> "Standing":
        """Read all of it."""
        active = await snapshot.active_policy("risk")
        calendars = await snapshot.find_all(Calendar)
        windows = await snapshot.find_all(ChangeWindow)
        persons = await snapshot.find_all(Person)
        teams = await snapshot.find_all(Team)
        by_id = {calendar.id: business_calendar(calendar) for calendar in calendars}
        default = next((calendar.id for calendar in calendars if calendar.is_organisation_default), None)
        services = {service.id: service for service in await snapshot.find_all(BusinessService)}
        return cls(
            params=RiskParams.from_json(active) if active else SHIPPED,
            conflict_policy=ConflictPolicy(**(await snapshot.active_policy("conflict") or {})),
            organisation=by_id[default] if default else ALWAYS_OPEN,
            has_organisation_hours=default is not None,
            calendars=by_id,
            windows=windows,
            recurrences={window.id: recurrence(window) for window in windows},
            classes={found.name: found for found in await snapshot.find_all(CiClass)},
            models={model.name: model for model in await snapshot.find_all(ChangeModel)},
            people={person.id: person for person in persons},
            teams={team.id: team for team in teams},
            limits=tuple(
                CapacityLimit(CapacitySubject(limit.subject_kind), limit.subject_id, limit.concurrent_changes)
                for limit in await snapshot.find_all(StoredLimit)
            ),
            boards=await snapshot.find_all(CabSeries),
            services=services,
            tiers={service.id: service.tier for service in services.values()},
            service_owners=await snapshot.service_owners(),
            names=_names(persons) | _names(teams) | _names(windows) | await snapshot.names_of(services),
        )


async def _standing(cache: StandingCache, snapshot: Snapshot) -> Standing:
    """Return what stands around changes in this snapshot: as it was kept, unless any of it was edited since."""
    kept: Standing | None = cache.facts if cache.position <= snapshot.position else None
    if kept is not None and STANDING_SUBJECTS.isdisjoint(await snapshot.subjects_since(cache.position)):
        # The same facts at a later position: nobody need look through the events in between again.
        if cache.facts is kept:
            cache.position = max(cache.position, snapshot.position)
        return kept
    read = await Standing.read(snapshot)
    # An edit without a position may be in this snapshot and not in another at the same position: then nothing is kept.
    if STANDING_SUBJECTS.isdisjoint(await snapshot.subjects_since(snapshot.position)):
        cache.position, cache.facts = snapshot.position, read
    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings(Standing):
    """The facts of one snapshot. Instants are epoch seconds; `down_now` are the CIs that open outages take down.

    `windows` are those valid now, `windows_of_services` the maintenance windows among them by the service they are for.
    """

    now: int
    rates: RateTable
    outages: tuple[Outage, ...]
    down_now: frozenset[str]
    restore_minutes: Mapping[str, float]
    windows_of_services: Mapping[str, Sequence[ChangeWindow]]

    @classmethod
    async def load(cls, ports: Ports, snapshot: Snapshot) -> "Surroundings":
        """Read what is around changes now."""
        # Up to the next whole second, so that what was written down within this one is seen.
        now = to_seconds(ports.clock.now() + ALMOST_A_SECOND)
        standing = await _standing(ports.standing, snapshot)
        outages = await snapshot.outages()
        facts: dict[str, Any] = {part.name: getattr(standing, part.name) for part in fields(Standing)}
        facts["windows"] = [window for window in standing.windows if _is_valid(window, now)]
        facts["names"] = dict(standing.names)
        rates = await learn_of_the_past(snapshot, ports.day, now, standing.params)
        restore = {
            found.name: _restore_minutes(found, ports.day, standing.params) for found in standing.classes.values()
        }
        return cls(
            **facts,
            now=now,
            rates=rates,
            outages=tuple(outages),
            down_now=await _down_now(ports.graph, outages, now),
            restore_minutes=restore,
            windows_of_services=_windows_of_services(facts["windows"]),
        )

    @property
    def now_at(self) -> datetime:
        """The instant everything is seen at."""
        return from_seconds(self.now)

    @property
    def chairs(self) -> frozenset[str]:
        """The chairs and deputies of every board."""
        seats = (seat for board in self.boards for seat in board.members)
        return frozenset(seat.person_id for seat in seats if seat.role is not MemberRole.MEMBER)

    def calendar(self, calendar_id: str | None) -> BusinessCalendar:
        """Return the calendar, the organisation's where none is named."""
        return self.calendars.get(calendar_id or "", self.organisation)

    def shift(self, person_id: str, within: Interval) -> Intervals:
        """Return the working hours of a person inside a span; one without a calendar keeps the organisation's."""
        person = self.people.get(person_id)
        return () if person is None else open_intervals(self.calendar(person.calendar_id), within)

    def person_facts(self, person_ids: Iterable[str], within: Interval) -> dict[str, PersonFacts]:
        """Return shift, leave and capacity of people around a span."""
        known = (self.people[person_id] for person_id in person_ids if person_id in self.people)
        return {
            person.id: PersonFacts(
                capacity=person.capacity,
                shift=self.shift(person.id, within) if person.calendar_id else None,
                leave=self.leave(person.id),
            )
            for person in known
        }

    def leave(self, person_id: str) -> Intervals:
        """Return the spans in which a person is away."""
        person = self.people.get(person_id)
        spans = person.leave if person else []
        return normalise((to_seconds(span.start), to_seconds(span.end)) for span in spans)

    def approval_context(self, change_id: str, facts: ApprovalFacts) -> ConflictContext:
        """Return what is needed to say whether anybody can decide on a change in time."""
        nothing = FailureModel(Topology((), ()))
        return ConflictContext(now=self.now, failures=nothing, approvals={change_id: facts}, names=self.names)

    def available(self, person_id: str, within: Interval) -> Intervals:
        """Return when a person can decide inside a span: working and not on leave."""
        return subtract(self.shift(person_id, within), self.leave(person_id))

    def service_maintenance(self, service_id: str, within: Interval) -> Intervals | None:
        """Return the maintenance windows agreed for a service inside a span; None when none were agreed."""
        agreed = self.windows_of_services.get(service_id)
        return self._joined(agreed, within) if agreed else None

    def opening(self, window: ChangeWindow, within: Interval) -> Intervals:
        """Return when a window or freeze is on inside a span."""
        return expand(self.recurrences[window.id], within)

    def blackouts(self, within: Interval) -> tuple[Blackout, ...]:
        """Return the freezes that are on inside a span, with their scopes."""
        found = []
        for window in self.windows:
            intervals = self.opening(window, within) if window.kind is WindowKind.BLACKOUT else ()
            if intervals:
                found.append(Blackout(window.id, window.name, intervals, _scope(window)))
        return tuple(found)

    def maintenance(self, ci: ConfigurationItem, within: Interval) -> Intervals | None:
        """Return the maintenance windows of a CI inside a span, joined; None when it has no schedule at all."""
        applying = [window for window in self.windows if window.kind is WindowKind.MAINTENANCE and _applies(window, ci)]
        return self._joined(applying, within) if applying else None

    def _joined(self, windows: Sequence[ChangeWindow], within: Interval) -> Intervals:
        joined: Intervals = ()
        for window in windows:
            joined = union(joined, self.opening(window, within))
        return joined

    def incidents(self) -> tuple[OpenIncident, ...]:
        """Return the open incidents of priority 1 and 2."""
        return tuple(OpenIncident(o.incident_id, o.number, o.priority, o.ci_ids) for o in self.outages)

    def decision_deadline(self, planned_start: int) -> int:
        """Return D, when a decision is due: one business day before the planned start (ENGINES 4.2)."""
        due = business_days_before(self.organisation, planned_start, 1)
        return planned_start if due is None else due

    def busy_share(self, calendar_id: str | None, span: Interval | None) -> float | None:
        """Return the part of a span inside business hours; None without a span, or where nobody stated any hours."""
        if span is None or not (calendar_id in self.calendars or self.has_organisation_hours):
            return None
        hours = clip(open_intervals(self.calendar(calendar_id), span), span)
        return sum(end - start for start, end in hours) / (span[1] - span[0])


def _names(records: Sequence[Person] | Sequence[Team] | Sequence[ChangeWindow]) -> dict[str, str]:
    return {record.id: record.name for record in records}


def _windows_of_services(windows: Iterable[ChangeWindow]) -> dict[str, list[ChangeWindow]]:
    """Return the maintenance windows that are agreed for services, by service id."""
    agreed: dict[str, list[ChangeWindow]] = {}
    for window in windows:
        if window.kind is WindowKind.MAINTENANCE and window.scope_kind is ScopeKind.SERVICE and window.scope_id:
            agreed.setdefault(window.scope_id, []).append(window)
    return agreed


def business_calendar(calendar: Calendar) -> BusinessCalendar:
    """Return the calendar the engines compute on."""
    return BusinessCalendar.of(time_zone=calendar.time_zone, weekly=calendar.weekly, holidays=calendar.holidays)


def recurrence(window: ChangeWindow) -> Recurrence:
    """Return the rule of a stored window."""
    return Recurrence.of(
        time_zone=window.time_zone,
        local_start=window.local_start,
        local_end=window.local_end,
        weekdays=window.weekdays,
        rrule=window.rrule,
        dates=window.dates,
        effective_from=window.effective_from,
        effective_until=window.effective_until,
        exceptions=window.exceptions,
    )


def _restore_minutes(ci_class: CiClass, day: DayCache, params: RiskParams) -> float:
    """Return the MTTR of a class: the observed median, shrunk to what the class states."""
    stated = ci_class.restore_minutes or params.loss.default_restore_minutes
    known = day.shrunk.get((ci_class.name, stated))
    if known is None:
        known = shrunk_restore_minutes(day.restore_minutes.get(ci_class.name, ()), stated)
        day.shrunk[ci_class.name, stated] = known
    return known


def _is_valid(window: ChangeWindow, now: int) -> bool:
    return window.valid_from <= from_seconds(now) and (window.valid_to is None or window.valid_to > from_seconds(now))


def _scope(window: ChangeWindow) -> BlackoutScope:
    ids = frozenset({window.scope_id} if window.scope_id else ())
    match window.scope_kind:
        case ScopeKind.ORGANISATION:
            return BlackoutScope(is_organisation_wide=True)
        case ScopeKind.SITE:
            return BlackoutScope(sites=ids)
        case ScopeKind.CI_CLASS:
            return BlackoutScope(classes=ids)
        case ScopeKind.CI:
            return BlackoutScope(ci_ids=ids)
        case ScopeKind.SERVICE:
            return BlackoutScope(service_ids=ids)


def _applies(window: ChangeWindow, ci: ConfigurationItem) -> bool:
    match window.scope_kind:
        case ScopeKind.ORGANISATION:
            return True
        case ScopeKind.SITE:
            return window.scope_id == ci.site
        case ScopeKind.CI_CLASS:
            return window.scope_id == ci.class_name
        case ScopeKind.CI | ScopeKind.SERVICE:
            return window.scope_id == ci.id


async def _down_now(graph: ImpactGraph, outages: Sequence[Outage], now: int) -> frozenset[str]:
    broken = frozenset[str]().union(*(outage.ci_ids for outage in outages))
    if not broken:
        return broken
    closure = await graph.closure(broken, as_of=from_seconds(now), hard_only=True)
    return broken if closure.is_truncated else down_set(Topology.of(closure), broken)
