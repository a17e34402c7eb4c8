"""Two years of incidents: few items cause most of them, in bursts; some were caused by changes (ENGINES 1.2)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from api.demo.dates import Timeline
from api.demo.landscape import ITEMS
from api.demo.past_changes import PastChange
from api.demo.register import Register
from api.demo.stale_corner import UNMAPPED
from domain.ci.model import ConfigurationItem
from domain.incident.model import ChangeLinkType, Incident, IncidentChangeLink, IncidentCi, IncidentState
from domain.people.model import Person, Team

HOW_MANY = 1000
TAIL = 1.3
"""Exponent of the law by which incidents thin out from the worst item to the best."""

WORST = ("ATM fleet Hannover", "Mail Gateway", "br-nienburg")
BURST, BURST_DAYS = 6, 4.0
OLDEST_DAYS, LATEST_DAYS = 725, 0.3
LINKED_SHARE = 0.85
DESK = ("Mehmet Aksoy", "Paula Dittmer", "Jan Friese")

SYMPTOMS: Mapping[str, tuple[str, ...]] = {
    "application": ("{ci}: users cannot log in", "{ci} answers slowly", "{ci}: error page after saving"),
    "database": ("{ci}: sessions are waiting", "{ci}: table space nearly full"),
    "database node": ("{ci} left its cluster",),
    "virtual machine": ("{ci} does not answer", "{ci}: disk full", "{ci}: high processor load"),
    "branch router": ("Branch offline behind {ci}", "{ci}: line drops packets"),
    "ATM fleet": ("{ci}: machines out of service", "{ci}: card reader faults", "{ci}: cash cassette jams"),
    "storage array": ("{ci}: disk failed", "{ci}: latency above the limit"),
    "hypervisor": ("{ci} lost a path to storage", "{ci}: memory errors"),
}
USUAL_SYMPTOMS = ("{ci}: alarm from monitoring", "{ci} is degraded")

PRIORITY_SHARES = {1: (2, 12, 50, 36), 2: (1, 8, 46, 45), 3: (0, 3, 42, 55), 4: (0, 1, 29, 70)}
"""Out of a hundred incidents of a tier: how many of priority 1 to 4."""

HOURS_TO_RESOLVE = (2.5, 6.0, 20.0, 50.0)
"""Mean by priority."""


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that is being worked on now."""

    title: str
    ci: str
    priority: int
    hours_ago: float


OPEN_NOW = (
    OpenIncident("Mail Gateway: outgoing mail is delayed by hours", "Mail Gateway", 2, 2.8),
    OpenIncident("br-nienburg: branch on the backup line", "br-nienburg", 3, 20),
    OpenIncident("Time Recording: wrong balance after sick leave", "Time Recording", 4, 70),
    OpenIncident("ATM fleet Hannover: receipts come out blank", "ATM fleet Hannover", 3, 31),
)


def past_incidents(
    register: Register, timeline: Timeline, changes: Sequence[PastChange], dice: Random
) -> Iterator[Incident]:
    """Yield the incidents of two years and those open now, in no order."""
    for ci_name, count in _counts(dice).items():
        yield from (_resolved(register, timeline, ci_name, age, dice) for age in _ages(count, dice))
    for past in changes:
        if past.has_failed and dice.random() < LINKED_SHARE:
            yield _caused(register, timeline, past, dice)
    for row in OPEN_NOW:
        yield _incident(
            register, row.title, row.ci, row.priority, opened=timeline.ago(row.hours_ago / 24), resolved=None
        )


def _counts(dice: Random) -> dict[str, int]:
    """Return how many incidents each item had: the known troublemakers first, the others shuffled behind them."""
    others = [name for name in ITEMS if name not in WORST and name != UNMAPPED]
    dice.shuffle(others)
    ranked = [*WORST, *others]
    weights = [rank**-TAIL for rank in range(1, len(ranked) + 1)]
    whole = sum(weights)
    return {name: round(HOW_MANY * weight / whole) for name, weight in zip(ranked, weights, strict=True)}


def _ages(count: int, dice: Random) -> Iterator[float]:
    """Yield the ages in days of an item's incidents: bursts at random times, each fading within days."""
    for burst in range(0, count, BURST):
        begun = dice.uniform(LATEST_DAYS, OLDEST_DAYS)
        for _ in range(min(BURST, count - burst)):
            yield max(LATEST_DAYS, begun - dice.expovariate(1 / BURST_DAYS))


def _resolved(register: Register, timeline: Timeline, ci_name: str, age: float, dice: Random) -> Incident:
    row = ITEMS[ci_name]
    priority = dice.choices((1, 2, 3, 4), PRIORITY_SHARES[row.tier or 4])[0]
    opened = timeline.ago(age)
    title = dice.choice(SYMPTOMS.get(row.kind, USUAL_SYMPTOMS)).format(ci=ci_name)
    return _incident(register, title, ci_name, priority, opened=opened, resolved=_end(timeline, opened, priority, dice))


def _caused(register: Register, timeline: Timeline, past: PastChange, dice: Random) -> Incident:
    started = past.change.actual_start or past.change.recorded_at
    opened = started + timedelta(hours=round(dice.uniform(0.5, 30), 1))
    priority = dice.choices((1, 2, 3), (1, 4, 5))[0]
    title = f"{past.target} is disturbed since the last change"
    incident = _incident(
        register, title, past.target, priority, opened=opened, resolved=_end(timeline, opened, priority, dice)
    )
    incident.change_links.append(
        IncidentChangeLink(
            id=register.new_id(),
            incident_id=incident.id,
            change_id=past.change.id,
            type=ChangeLinkType.CAUSED_BY,
            recorded_at=incident.resolved_at or opened,
            recorded_by=register.id_of(Person, "Jan Friese"),
        )
    )
    return incident


def _end(timeline: Timeline, opened: datetime, priority: int, dice: Random) -> datetime:
    """Return when an incident was resolved: by now, since only those of `OPEN_NOW` are still open."""
    minutes = round(60 * dice.expovariate(1 / HOURS_TO_RESOLVE[priority - 1])) + 5
    return min(opened + timedelta(minutes=minutes), timeline.ago(0.05))


def _incident(
    register: Register, title: str, ci_name: str, priority: int, *, opened: datetime, resolved: datetime | None
) -> Incident:
    incident_id = register.new_id()
    recorded = opened + timedelta(minutes=3)
    desk = DESK[opened.toordinal() % len(DESK)]
    return Incident(
        id=incident_id,
        number="",
        external_id=None,
        title=title,
        state=IncidentState.ACCEPTED if resolved is None else IncidentState.ARCHIVED,
        priority=priority,
        opened_at=opened,
        recorded_at=recorded,
        resolved_at=resolved,
        reporter_id=register.id_of(Person, desk),
        team_id=register.id_of(Team, ITEMS[ci_name].team),
        solution=None if resolved is None else "Service restored; see the notes of the team.",
        cis=[
            IncidentCi(
                id=register.new_id(),
                incident_id=incident_id,
                ci_id=register.id_of(ConfigurationItem, ci_name),
                recorded_at=recorded,
            )
        ],
    )
