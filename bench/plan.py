"""The people, windows, changes and incidents of the bench estate: what lies around the changes, and the changes.

5,000 open changes over 30 days, three of four at night or on weekends; 10,000 past ones and 500,000 incidents.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from bench.configuration import SITES, Row, any_ci, service, targets_of_one_change
from domain.change.model import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    RollbackState,
    TaskAction,
    TestState,
)
from domain.change.windows import ScopeKind, WindowKind
from domain.conflict.context import CapacitySubject
from domain.incident.model import ChangeLinkType, IncidentState
from domain.kernel.actor import Role

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
SINCE = NOW - timedelta(days=800)
OPEN_CHANGES, PAST_CHANGES, INCIDENTS = 5_000, 10_000, 500_000
PLAN_DAYS = 30
PERSONS = tuple(f"person-{number:03}" for number in range(400))
TEAMS = tuple(f"team-{number:02}" for number in range(40))
OPEN_STATES = (ChangeState.ASSESS, ChangeState.AUTHORISE, *[ChangeState.SCHEDULED] * 8)
OUTCOMES = (*[ChangeOutcome.SUCCESSFUL] * 17, *[ChangeOutcome.SUCCESSFUL_WITH_ISSUES] * 2, ChangeOutcome.BACKED_OUT)


def _week(start: str, end: str, days: int) -> list[dict[str, object]]:
    return [{"weekday": day, "start": start, "end": end} for day in range(days)]


def calendars() -> list[Row]:
    shared = {"time_zone": "Europe/Berlin", "holidays": ["2026-12-25"], "version": 1}
    return [
        {"id": "office", "name": "office", "weekly": _week("08:00", "18:00", 5), "is_organisation_default": True}
        | shared,
        {"id": "always", "name": "always", "weekly": _week("00:00", "24:00", 7), "is_organisation_default": False}
        | shared,
        {"id": "nights", "name": "nights", "weekly": _week("18:00", "08:00", 7), "is_organisation_default": False}
        | shared,
    ]


def persons(dice: random.Random) -> list[Row]:
    return [
        {
            "id": person_id,
            "external_id": person_id,
            "name": person_id,
            "time_zone": "Europe/Berlin",
            "calendar_id": dice.choice(("office", "nights", "always", None)),
            "capacity": dice.choice((1, 1, 2, 3)),
            "is_vip": False,
            "is_active": True,
            "roles": [Role.SUPPORT],
            "version": 1,
        }
        for person_id in PERSONS
    ]


def leaves(dice: random.Random) -> list[Row]:
    starts = [(person_id, NOW + timedelta(days=dice.randrange(60))) for person_id in dice.sample(PERSONS, 120)]
    return [
        {"id": f"leave-{person_id}", "person_id": person_id, "start": start, "end": start + timedelta(days=7)}
        for person_id, start in starts
    ]


def teams() -> list[Row]:
    return [{"id": team_id, "external_id": team_id, "name": team_id, "version": 1} for team_id in TEAMS]


def team_members() -> list[Row]:
    return [
        {
            "id": f"{person_id}-in",
            "person_id": person_id,
            "team_id": TEAMS[place % len(TEAMS)],
            "valid_from": SINCE,
        }
        for place, person_id in enumerate(PERSONS)
    ]


def capacity_limits() -> list[Row]:
    subjects = [(CapacitySubject.SITE, site, 40) for site in SITES]
    subjects += [(CapacitySubject.TEAM, team, 12) for team in TEAMS]
    return [
        {"id": f"limit-{name}", "subject_kind": kind, "subject_id": name, "concurrent_changes": limit, "version": 1}
        for kind, name, limit in subjects
    ]


def windows(dice: random.Random) -> list[Row]:
    """Return a nightly and a weekend maintenance window per site, some of services, and eight freezes."""
    shared: Row = {"time_zone": "Europe/Berlin", "dates": [], "exceptions": [], "valid_from": SINCE, "version": 1}
    found: list[Row] = []
    for kind, scope, scope_id, start, end, days in [
        *((WindowKind.MAINTENANCE, ScopeKind.SITE, site, "20:00", "06:00", list(range(7))) for site in SITES),
        *((WindowKind.MAINTENANCE, ScopeKind.SITE, site, "00:00", "00:00", [5, 6]) for site in SITES),
        *(
            (WindowKind.MAINTENANCE, ScopeKind.SERVICE, service(number), "22:00", "05:00", list(range(7)))
            for number in dice.sample(range(2_400), 120)
        ),
        *((WindowKind.BLACKOUT, ScopeKind.SITE, site, "08:00", "20:00", [4]) for site in dice.sample(SITES, 6)),
        (WindowKind.BLACKOUT, ScopeKind.ORGANISATION, None, "12:00", "13:00", [0]),
        (WindowKind.BLACKOUT, ScopeKind.CI_CLASS, "network", "06:00", "22:00", list(range(5))),
    ]:
        name = f"window-{len(found):03}"
        found.append(
            {
                "id": name,
                "external_id": name,
                "name": name,
                "kind": kind,
                "scope_kind": scope,
                "scope_id": scope_id,
                "local_start": start,
                "local_end": end,
                "weekdays": days,
            }
            | shared
        )
    return found


def planned_start(dice: random.Random) -> datetime:
    """Return when an open change starts: three of four at night or on a weekend."""
    day = NOW.replace(hour=0) + timedelta(days=dice.randrange(1, PLAN_DAYS + 1))
    if dice.random() < 0.75:
        hour = dice.randrange(24) if day.weekday() >= 5 else dice.choice((19, 20, 21, 22, 23, 0, 1, 2, 3))
    else:
        hour = dice.randrange(7, 17)
    return day + timedelta(hours=hour, minutes=15 * dice.randrange(4))


def _change(change_id: str, dice: random.Random, targets: list[str], **values: Any) -> tuple[Row, list[Row]]:
    change = {
        "id": change_id,
        "number": change_id,
        "external_id": change_id,
        "title": f"Work on {targets[0]}",
        "description": "",
        "type": dice.choice((ChangeType.NORMAL, ChangeType.NORMAL, ChangeType.STANDARD)),
        "model": dice.choice((None, "patching", "restart")),
        "team_id": dice.choice(TEAMS),
        "requester_id": dice.choice(PERSONS),
        "is_irreversible": False,
        "test_state": dice.choice(tuple(TestState)),
        "rollback_state": dice.choice(tuple(RollbackState)),
        "rollback_minutes": dice.choice((None, 15, 30)),
        "is_excluded": False,
        "needs_security_review": False,
        "version": 1,
    }
    on = [
        {"id": f"{change_id}-{place}", "change_id": change_id, "ci_id": ci_id, "step": 1}
        for place, ci_id in enumerate(targets)
    ]
    return change | values, on


def open_changes(dice: random.Random) -> tuple[list[Row], list[Row], list[Row]]:
    """Return the changes ahead with their targets and tasks."""
    changes, targets, tasks = [], [], []
    for number in range(OPEN_CHANGES):
        change_id, start = f"C{number:05}", planned_start(dice)
        end = start + timedelta(minutes=dice.choice((30, 60, 60, 120, 240)))
        change, on = _change(
            change_id,
            dice,
            targets_of_one_change(dice),
            state=dice.choice(OPEN_STATES),
            planned_start=start,
            planned_end=end,
            prep_minutes=dice.choice((None, 15)),
            bake_minutes=dice.choice((None, None, 240)),
            recorded_at=NOW - timedelta(days=dice.randrange(1, 20)),
        )
        changes.append(change)
        targets += on
        tasks.append(
            {
                "id": f"{change_id}-w",
                "change_id": change_id,
                "title": "work",
                "step": 1,
                "action": dice.choice(tuple(TaskAction)),
                "is_exclusive": dice.random() < 0.2,
                "implementer_id": dice.choice(PERSONS),
                "start": start,
                "end": end,
            }
        )
    return changes, targets, tasks


def past_changes(dice: random.Random) -> tuple[list[Row], list[Row]]:
    """Return the changes carried out, with their targets."""
    changes, targets = [], []
    for number in range(PAST_CHANGES):
        start = NOW - timedelta(days=10 + 700 * dice.random())
        end = start + timedelta(hours=1)
        outcome = dice.choice(OUTCOMES)
        change, on = _change(
            f"P{number:05}",
            dice,
            targets_of_one_change(dice),
            state=ChangeState.CLOSED,
            planned_start=start,
            planned_end=end,
            actual_start=start,
            actual_end=end,
            outcome=outcome,
            has_service_effect=outcome is ChangeOutcome.BACKED_OUT,
            recorded_at=start - timedelta(days=7),
            closed_at=end + timedelta(days=1),
        )
        changes.append(change)
        targets += on
    return changes, targets


def incidents(dice: random.Random) -> Iterator[tuple[Row, Row]]:
    """Yield every incident with the CI it is on; twenty grave ones are still open."""
    for number in range(INCIDENTS):
        opened = NOW - timedelta(days=730 * dice.random(), minutes=10)
        is_open = number < 200
        incident_id = f"I{number:06}"
        yield (
            {
                "id": incident_id,
                "number": incident_id,
                "external_id": incident_id,
                "title": "Something does not work",
                "description": "",
                "state": IncidentState.ASSIGNED if is_open else IncidentState.ARCHIVED,
                "priority": (2 if number < 20 else 4) if is_open else dice.choice((1, 2, 3, 3, 3, 4, 4, 4, 4, 4)),
                "opened_at": opened,
                "recorded_at": opened,
                "resolved_at": None if is_open else opened + timedelta(minutes=dice.randrange(10, 600)),
                "is_restricted": False,
                "version": 1,
            },
            {"id": f"{incident_id}-0", "incident_id": incident_id, "ci_id": any_ci(dice), "recorded_at": opened},
        )


def blamed(dice: random.Random) -> list[Row]:
    """Return the verdicts that a past change caused an incident."""
    return [
        {
            "id": f"blame-{number:04}",
            "incident_id": f"I{dice.randrange(1_000, INCIDENTS):06}",
            "change_id": f"P{dice.randrange(PAST_CHANGES):05}",
            "type": ChangeLinkType.CAUSED_BY,
            "recorded_at": NOW - timedelta(days=5),
        }
        for number in range(300)
    ]
