"""What the planner is told: the coming meetings, the changes that wait, and who can speak for what (ENGINES 4.2)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.cab.model import CabMeeting, CabSeries, MeetingState, MemberRole
from domain.cab.problem import AgendaClass, Item, Meeting, Person, PlanningProblem, item_minutes, item_weight
from domain.calendar.business_days import business_days_before, business_days_between
from domain.change.model import Change, ChangeState, DecisionKind
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.conflict.footprint import PlannedChange
from domain.conflict.model import ConflictSeverity
from domain.kernel.intervals import Interval, total
from domain.kernel.time import from_seconds, to_seconds
from domain.risk.model import RiskLevel
from domain.risk.routing import KEY_DEGREE, KEY_TIER, Forum
from domain.usecases.assessment import Session
from domain.usecases.footprints import from_facts
from domain.usecases.surroundings import Surroundings

WAITING = (ChangeState.ASSESS, ChangeState.AUTHORISE)
FREEZE_BUSINESS_DAYS = 1
UNSCORED = 100.0
"""The risk an unscored change is ranked with: a blast radius too large to walk must not look safe."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change that waits for a board: its score, the forum that decides it, the roles to be heard, open MAJORs."""

    change: Change
    level: RiskLevel
    score: float
    forum: Forum
    roles: tuple[str, ...]
    majors: int


@dataclass(frozen=True, slots=True)
class Boards:
    """The coming meetings with their series, and the people who may sit in them with the roles they can speak for."""

    meetings: Mapping[str, CabMeeting]
    series: Mapping[str, CabSeries]
    roles: Mapping[str, frozenset[str]]


async def coming_boards(session: Session) -> Boards:
    """Return the meetings that can still take items."""
    states = [MeetingState.PLANNED, MeetingState.PUBLISHED]
    meetings = await session.snapshot.find_all(CabMeeting, state=states)
    coming = {m.id: m for m in meetings if to_seconds(m.start) > session.around.now}
    series = {board.id: board for board in session.around.boards}
    return Boards(coming, series, _spoken_for(session.around, series.values()))


async def waiting_candidates(session: Session, boards: Boards, *, electronic: bool) -> list[Candidate]:
    """Return the changes that wait for this kind of board, by number; one that is not scored yet is left out."""
    snapshot = session.snapshot
    risks = [risk for risk in await snapshot.waiting_risks(WAITING) if _belongs(Forum(risk.forum), electronic)]
    scored = [risk.change_id for risk in risks]
    waiting = {change.id: change for change in await snapshot.find_all(Change, id=scored)}
    footprints = {facts["id"]: from_facts(facts) for facts in await snapshot.footprints(None, scored)}
    conflicts: dict[str, list[ConflictRecord]] = {}
    for record in await snapshot.conflicts_of(scored):
        for change_id in record.conflict.change_ids:
            conflicts.setdefault(change_id, []).append(record)
    found = [
        Candidate(
            change=waiting[risk.change_id],
            level=RiskLevel[risk.level],
            score=UNSCORED if risk.score is None else risk.score,
            forum=Forum(risk.forum),
            roles=roles_to_hear(session.around, waiting[risk.change_id], footprints[risk.change_id], boards),
            majors=unresolved_majors(conflicts.get(risk.change_id, ())),
        )
        for risk in risks
        if risk.change_id in footprints
    ]
    return sorted(found, key=lambda candidate: candidate.change.number)


def roles_to_hear(around: Surroundings, change: Change, planned: PlannedChange, boards: Boards) -> tuple[str, ...]:
    """Return ρ: owners of impacted tier 1 and 2 services, experts of the classes changed, security where flagged.

    A role that nobody holds is left out: it would keep the change from ever being heard.
    """
    wanted = {
        _owner_role(around, service.id)
        for service in planned.services
        if service.tier <= KEY_TIER and (service.q >= KEY_DEGREE or service.is_down)
    }
    experts = (around.classes[name].expert_team_id for name in planned.classes if name in around.classes)
    wanted |= {_expert_role(around, team_id) for team_id in experts if team_id}
    if change.needs_security_review:
        wanted.add("security")
    return tuple(sorted(wanted & frozenset[str]().union(*boards.roles.values())))


def unresolved_majors(conflicts: Iterable[ConflictRecord]) -> int:
    """Return how many MAJOR conflicts nobody has accepted or resolved: each costs the board three minutes."""
    return sum(
        record.conflict.severity is ConflictSeverity.MAJOR and record.status is ConflictStatus.OPEN
        for record in conflicts
    )


def planning_problem(
    around: Surroundings, boards: Boards, candidates: Sequence[Candidate], *, electronic: bool
) -> PlanningProblem:
    """Return the problem of placing candidates in the meetings of one kind; its items go by change number."""
    meetings = [m for m in boards.meetings.values() if boards.series[m.series_id].is_electronic is electronic]
    meetings.sort(key=lambda m: (m.start, m.id))
    published = {item.change_id: meeting.id for meeting in meetings for item in meeting.items if item.is_published}
    numbers = {candidate.change.id: candidate.change.number for candidate in candidates}
    items = tuple(_item(around, c, published.get(c.change.id), numbers) for c in candidates)
    waits = {
        item.change_id: {
            m.id: business_days_between(around.organisation, item.ready_at, to_seconds(m.start)) for m in meetings
        }
        for item in items
    }
    return PlanningProblem(
        now=around.now,
        meetings=tuple(_meeting(around, boards.series[m.series_id], m) for m in meetings),
        items=items,
        people=tuple(_person(around, boards, meetings, person_id) for person_id in sorted(boards.roles)),
        waiting_days=waits,
    )


def _spoken_for(around: Surroundings, boards: Iterable[CabSeries]) -> dict[str, frozenset[str]]:
    """Return the roles each person can cover: service owner, class expert, security, seat on a board."""
    roles: dict[str, set[str]] = {seat.person_id: set() for board in boards for seat in board.members}
    for service_id, owner_id in around.service_owners.items():
        roles.setdefault(owner_id, set()).add(_owner_role(around, service_id))
    now = from_seconds(around.now)
    for team in around.teams.values():
        members = [
            m.person_id for m in team.members if m.valid_from <= now and (m.valid_to is None or m.valid_to > now)
        ]
        for person_id in members:
            roles.setdefault(person_id, set()).add(_expert_role(around, team.id))
            if team.expertise == "security":
                roles[person_id].add("security")
    return {person_id: frozenset(held) for person_id, held in roles.items()}


def _owner_role(around: Surroundings, service_id: str) -> str:
    return f"{around.names.get(service_id, service_id)} (owner)"


def _expert_role(around: Surroundings, team_id: str) -> str:
    return f"{around.names.get(team_id, team_id)} (expert)"


def _belongs(forum: Forum, electronic: bool) -> bool:
    if electronic:
        return forum is Forum.EMERGENCY_CAB
    return forum in (Forum.CAB, Forum.CAB_OR_ELECTRONIC, Forum.RETROSPECTIVE)


def _item(around: Surroundings, candidate: Candidate, published: str | None, numbers: Mapping[str, str]) -> Item:
    change = candidate.change
    deadline = around.decision_deadline(to_seconds(change.planned_start)) if change.planned_start else None
    ready = change.assessed_at or change.submitted_at or change.recorded_at
    involved = {task.implementer_id for task in change.tasks} | {change.requester_id}
    return Item(
        change_id=change.number,
        minutes=item_minutes(candidate.level, candidate.majors),
        ready_at=to_seconds(ready),
        deadline=deadline,
        weight=item_weight(candidate.level, deadline, around.now),
        required_roles=candidate.roles,
        excluded=frozenset(person_id for person_id in involved if person_id),
        bundle=change.bundle,
        predecessors=tuple(
            sorted(numbers[order.predecessor_id] for order in change.predecessors if order.predecessor_id in numbers)
        ),
        published_meeting=published,
        team=change.team_id or "",
        level=candidate.level,
        risk=candidate.score,
        agenda_class=_agenda_class(candidate),
    )


def _agenda_class(candidate: Candidate) -> AgendaClass:
    if candidate.forum is Forum.RETROSPECTIVE:
        return AgendaClass.RETROSPECTIVE
    if any(decision.kind is DecisionKind.DEFER for decision in candidate.change.decisions):
        return AgendaClass.CARRIED_OVER
    return AgendaClass.REST


def _meeting(around: Surroundings, series: CabSeries, meeting: CabMeeting) -> Meeting:
    start = to_seconds(meeting.start)
    chairs = [seat.person_id for seat in series.members if seat.role is MemberRole.CHAIR]
    deputies = [seat.person_id for seat in series.members if seat.role is MemberRole.DEPUTY]
    local = meeting.start.astimezone(ZoneInfo(series.time_zone))
    return Meeting(
        id=meeting.id,
        start=start,
        end=to_seconds(meeting.end),
        capacity_minutes=series.minutes - series.opening_minutes,
        cutoff=to_seconds(meeting.cut_off_at),
        core=tuple(seat.person_id for seat in series.members),
        quorum=series.quorum,
        chairs=(*chairs, *deputies),
        day=local.date().isoformat(),
        freeze_from=business_days_before(around.organisation, start, FREEZE_BUSINESS_DAYS) or start,
        opening_minutes=series.opening_minutes,
        is_electronic=series.is_electronic,
        title=f"{series.name}, {local:%a %d %b %H:%M}",
    )


def _person(around: Surroundings, boards: Boards, meetings: Sequence[CabMeeting], person_id: str) -> Person:
    record = around.people.get(person_id)
    away = {m.id for m in meetings if any(absence.person_id == person_id for absence in m.absences)}
    available: set[str] = set()
    partly: dict[str, Interval] = {}
    for meeting in meetings:
        within = (to_seconds(meeting.start), to_seconds(meeting.end))
        there = around.available(person_id, within)
        if meeting.id in away or not there:
            continue
        available.add(meeting.id)
        if total(there) < within[1] - within[0]:
            partly[meeting.id] = max(there, key=lambda part: part[1] - part[0])
    return Person(
        id=person_id,
        roles=boards.roles[person_id],
        available=frozenset(available),
        sub_windows=partly,
        delegate=record.delegate_id if record else None,
        name=record.name if record else "",
    )
