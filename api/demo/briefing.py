"""What the report is made of: previews of three changes, the next agenda, the shape of the estate, and all names."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from api.demo.boards import ADVISORY_BOARD
from api.demo.reported_changes import INNOCENT, PATCH_ROUND, WORKED_EXAMPLE
from api.demo.wording import Names
from domain.cab.model import AgendaItem, CabMeeting, CabSeries
from domain.change.model import Change, ChangeState
from domain.ci.model import BusinessService, ConfigurationItem, Relation
from domain.conflict.acceptance import ConflictRecord
from domain.conflict.model import ConflictCode
from domain.incident.model import Incident
from domain.kernel.time import from_seconds
from domain.people.model import Person, Team
from domain.ports import Ports, Snapshot
from domain.problem.model import Problem
from domain.risk.model import EvidenceKind
from domain.risk.params import RiskParams
from domain.usecases.assessment import Session
from domain.usecases.preview import Preview, preview_in
from domain.usecases.surroundings import Surroundings

STORIES = (PATCH_ROUND, WORKED_EXAMPLE, INNOCENT)
FINISHED = (ChangeState.CLOSED, ChangeState.CANCELLED)
_TICKETS: Mapping[EvidenceKind, type[Any]] = {
    EvidenceKind.INCIDENT: Incident,
    EvidenceKind.PROBLEM: Problem,
    EvidenceKind.CHANGE: Change,
}


@dataclass(frozen=True, slots=True)
class Story:
    """A change with its preview, those it conflicts with, and its place on an agenda where it has one."""

    change: Change
    partners: tuple[Change, ...]
    preview: Preview
    meeting: CabMeeting | None
    item: AgendaItem | None

    @property
    def unmapped(self) -> list[ConfigurationItem]:
        """The targets behind which the CMDB knows no service although there should be one."""
        gaps = {target.id for target in self.preview.risk.facts.unmapped_targets}
        return [ci for ci_id, ci in self.preview.walk.estate.targets.items() if ci_id in gaps]


@dataclass(frozen=True, slots=True)
class Agenda:
    """The next meeting of the weekly board with the changes on it, in order."""

    board: CabSeries
    meeting: CabMeeting
    changes: Mapping[str, Change]


@dataclass(frozen=True, slots=True)
class Overview:
    """How large the estate is, and how many conflicts of each kind the coming month has."""

    items: int
    relations: int
    services_by_tier: Mapping[int, int]
    incidents: int
    past_changes: int
    open_changes: int
    conflicts: Mapping[ConflictCode, int]
    params: RiskParams


@dataclass(frozen=True, slots=True)
class Briefing:
    """Everything the report prints."""

    overview: Overview
    stories: tuple[Story, ...]
    agenda: Agenda
    names: Names


async def brief(ports: Ports) -> Briefing:
    """Return the briefing, all from one state of the record."""
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        changes = {change.id: change for change in await snapshot.find_all(Change)}
        meetings = sorted(await snapshot.find_all(CabMeeting), key=lambda meeting: (meeting.start, meeting.id))
        by_key = {change.external_id: change for change in changes.values()}
        stories = [await _story(session, by_key[f"DEMO-{key}"], changes, meetings) for key in STORIES]
        boards = {board.name: board for board in session.around.boards}
        now = from_seconds(session.around.now)
        upcoming = [m for m in meetings if m.series_id == boards[ADVISORY_BOARD].id and m.start > now]
        agenda = Agenda(boards[ADVISORY_BOARD], upcoming[0], changes)
        return Briefing(
            overview=await _overview(snapshot, changes.values(), session.around.params),
            stories=tuple(stories),
            agenda=agenda,
            names=await _names(snapshot, session.around, changes, stories),
        )


async def _story(
    session: Session, change: Change, changes: Mapping[str, Change], meetings: Collection[CabMeeting]
) -> Story:
    preview = await preview_in(session, change)
    met = {change_id for record in preview.conflicts for change_id in record.conflict.change_ids} - {change.id}
    partners = tuple(sorted((changes[change_id] for change_id in met), key=lambda partner: partner.number))
    places = [(meeting, item) for meeting in meetings for item in meeting.items if item.change_id == change.id]
    meeting, item = places[0] if places else (None, None)
    return Story(change, partners, preview, meeting, item)


async def _overview(snapshot: Snapshot, changes: Collection[Change], params: RiskParams) -> Overview:
    still_open = [change.id for change in changes if change.state not in FINISHED]
    conflicts: list[ConflictRecord] = await snapshot.conflicts_of(still_open)
    services = await snapshot.find_all(BusinessService)
    return Overview(
        items=len(await snapshot.find_all(ConfigurationItem)),
        relations=len(await snapshot.find_all(Relation)),
        services_by_tier=Counter(service.tier for service in services),
        incidents=len(await snapshot.find_all(Incident)),
        past_changes=len(changes) - len(still_open),
        open_changes=len(still_open),
        conflicts=Counter(record.conflict.code for record in conflicts),
        params=params,
    )


async def _names(
    snapshot: Snapshot, around: Surroundings, changes: Mapping[str, Change], stories: Collection[Story]
) -> Names:
    """Return the names of everything the report may mention."""
    names = dict(around.names) | {ci.id: ci.name for ci in await snapshot.find_all(ConfigurationItem)}
    names |= {person.id: person.name for person in await snapshot.find_all(Person)}
    names |= {team.id: team.name for team in await snapshot.find_all(Team)}
    names |= {change_id: change.number for change_id, change in changes.items()}
    for kind in (EvidenceKind.INCIDENT, EvidenceKind.PROBLEM):
        found = {row.id for story in stories for row in _evidence(story) if row.kind is kind}
        names |= {ticket.id: ticket.number for ticket in await snapshot.find_all(_TICKETS[kind], id=sorted(found))}
    return Names(names)


def _evidence(story: Story) -> list[Any]:
    return [row for factor in story.preview.risk.assessment.factors for row in factor.evidence]
