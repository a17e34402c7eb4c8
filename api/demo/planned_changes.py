"""How a change of the coming month is written down, and the record it becomes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from api.demo.change_models import MODELS
from api.demo.dates import Timeline
from api.demo.people import members_of
from api.demo.register import Entry, Register
from api.demo.roster import Roster
from domain.change.model import (
    Change,
    ChangeDecision,
    ChangeEvidence,
    ChangePredecessor,
    ChangeState,
    ChangeTarget,
    ChangeTask,
    ChangeType,
    DecisionKind,
    EvidenceKind,
    RollbackState,
    TaskAction,
    TechnicalRisk,
    TechnicalRiskKind,
    TestState,
)
from domain.ci.model import ConfigurationItem
from domain.people.model import Person, Team

PIPELINE = "https://ci.nordhafen-bank.example/runs"
TYPE_OF_MODEL = {row.name: row.type for row in MODELS}


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A piece of work: what, on which item, by whom (None: who is free), from and to in hours after the start."""

    title: str
    ci: str | None = None
    action: TaskAction = TaskAction.CONFIGURE
    hours: tuple[float, float] | None = None
    implementer: str | None = None
    is_exclusive: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change of the coming month; `when` is read by `Timeline.at`, None for one without a window.

    Without `type` it has that of its model, without `requester` the team's lead asked for it. Targets of a rolling
    change are worked on one by one, in the order given.
    """

    key: str
    title: str
    team: str
    model: str
    targets: tuple[str, ...]
    when: str | None
    hours: float = 2.0
    type: ChangeType | None = None
    state: ChangeState = ChangeState.AUTHORISE
    requester: str | None = None
    description: str = ""
    reason: str | None = None
    expected_effect: str | None = None
    test: TestState = TestState.PASSED
    rollback: RollbackState = RollbackState.DOCUMENTED
    rollback_plan: str = "Restore the previous state from the snapshot taken before the work."
    rollback_minutes: int | None = 30
    prep_minutes: int | None = 0
    bake_minutes: int | None = 0
    downtime: tuple[float, float] | None = None
    is_rolling: bool = False
    is_irreversible: bool = False
    needs_security_review: bool = False
    is_peer_reviewed: bool = True
    bundle: str | None = None
    after: tuple[str, ...] = ()
    right_after: tuple[str, ...] = ()
    tasks: tuple[TaskRow, ...] = field(default=(TaskRow("Carry out the change and verify it"),))
    findings: tuple[tuple[TechnicalRiskKind, str, str], ...] = ()
    decisions: tuple[tuple[DecisionKind, str, str], ...] = ()
    requested_days: float = 8.0


def enter_changes(register: Register, rows: Sequence[ChangeRow]) -> None:
    """Give every change its id in the order they were asked for, so that others can name it."""
    for row in _in_order(rows):
        register.enter(Change, row.key)


def changes(register: Register, timeline: Timeline, rows: Sequence[ChangeRow]) -> Iterator[Entry]:
    """Yield the changes in the order they were asked for; work nobody is named for goes to whoever is free first."""
    roster = Roster(timeline)
    plans = [_Plan(register, timeline, roster, row) for row in _in_order(rows)]
    for plan in plans:
        plan.reserve_named()
    for plan in plans:
        yield Entry(_EVENTS[plan.row.state], plan.change())


def _in_order(rows: Sequence[ChangeRow]) -> list[ChangeRow]:
    return sorted(rows, key=lambda row: -row.requested_days)


_EVENTS = {
    ChangeState.NEW: "change.created",
    ChangeState.ASSESS: "change.submitted",
    ChangeState.AUTHORISE: "change.authorisation_requested",
    ChangeState.SCHEDULED: "change.approved",
    ChangeState.IMPLEMENT: "change.started",
    ChangeState.ON_HOLD: "change.held",
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """One row among the others."""

    register: Register
    timeline: Timeline
    roster: Roster
    row: ChangeRow

    def reserve_named(self) -> None:
        """Note the work of people the table names, before anybody else is chosen."""
        for task in self._task_rows():
            window = self._window_of(task)
            if task.implementer is not None and window is not None:
                self.roster.reserve(task.implementer, window)

    def change(self) -> Change:
        """Return the record."""
        row, change_id = self.row, self.register.id_of(Change, self.row.key)
        recorded = self.timeline.ago(row.requested_days)
        window = self._window()
        is_submitted = row.state is not ChangeState.NEW
        is_assessed = is_submitted and row.state is not ChangeState.ON_HOLD
        return Change(
            id=change_id,
            number="",
            external_id=f"DEMO-{row.key}",
            title=row.title,
            description=row.description or f"{row.title}. Usual procedure of {row.team}.",
            reason=row.reason,
            expected_effect=row.expected_effect,
            type=row.type or TYPE_OF_MODEL[row.model],
            model=row.model,
            state=row.state,
            held_state=ChangeState.ASSESS if row.state is ChangeState.ON_HOLD else None,
            requester_id=self._person(self.requester),
            team_id=self.register.id_of(Team, row.team),
            planned_start=window and window[0],
            planned_end=window and window[1],
            downtime_start=self._moment(row.downtime and row.downtime[0]),
            downtime_end=self._moment(row.downtime and row.downtime[1]),
            prep_minutes=row.prep_minutes,
            rollback_minutes=row.rollback_minutes,
            bake_minutes=row.bake_minutes,
            is_irreversible=row.is_irreversible,
            test_state=row.test,
            rollback_state=row.rollback,
            rollback_plan=row.rollback_plan,
            bundle=row.bundle,
            needs_security_review=row.needs_security_review,
            recorded_at=recorded,
            submitted_at=recorded + timedelta(hours=2) if is_submitted else None,
            assessed_at=recorded + timedelta(days=row.requested_days * 0.6) if is_assessed else None,
            decided_at=self.timeline.ago(0.8) if row.state is ChangeState.SCHEDULED else None,
            actual_start=window[0] if window and row.state is ChangeState.IMPLEMENT else None,
            targets=[
                ChangeTarget(
                    id=self.register.new_id(),
                    change_id=change_id,
                    ci_id=self.register.id_of(ConfigurationItem, name),
                    step=step if row.is_rolling else 1,
                )
                for step, name in enumerate(row.targets, 1)
            ],
            tasks=[self._task(change_id, step, task) for step, task in enumerate(self._task_rows(), 1)],
            predecessors=self._predecessors(change_id),
            evidence=list(self._evidence(change_id, recorded)),
            technical_risks=self._findings(change_id, recorded),
            decisions=list(self._decisions(change_id)),
        )

    @property
    def requester(self) -> str:
        """Who asked for the change."""
        return self.row.requester or members_of(self.row.team)[0]

    def _person(self, name: str) -> str:
        return self.register.id_of(Person, name)

    def _moment(self, hours: float | None) -> datetime | None:
        if self.row.when is None or hours is None:
            return None
        return self.timeline.at(self.row.when) + timedelta(hours=hours)

    def _window(self) -> tuple[datetime, datetime] | None:
        start, end = self._moment(0), self._moment(self.row.hours)
        return None if start is None or end is None else (start, end)

    def _window_of(self, task: TaskRow) -> tuple[datetime, datetime] | None:
        if task.hours is None:
            return self._window()
        start, end = self._moment(task.hours[0]), self._moment(task.hours[1])
        return None if start is None or end is None else (start, end)

    def _task_rows(self) -> tuple[TaskRow, ...]:
        """Return the tasks: of a rolling change one per target, each with its part of the window."""
        row = self.row
        if not row.is_rolling:
            return row.tasks
        part = row.hours / len(row.targets)
        return tuple(
            TaskRow(f"Work on {name}, then return it to the cluster", name, task.action, (n * part, (n + 1) * part))
            for n, name in enumerate(row.targets)
            for task in row.tasks[:1]
        )

    def _task(self, change_id: str, step: int, row: TaskRow) -> ChangeTask:
        window = self._window_of(row)
        implementer = row.implementer or self.roster.whoever_is_free(self.row.team, window, self.requester)
        return ChangeTask(
            id=self.register.new_id(),
            change_id=change_id,
            title=row.title,
            step=step,
            action=row.action,
            is_exclusive=row.is_exclusive,
            ci_id=self.register.maybe(ConfigurationItem, row.ci),
            implementer_id=self._person(implementer),
            start=window and window[0],
            end=window and window[1],
        )

    def _predecessors(self, change_id: str) -> list[ChangePredecessor]:
        ordered = [*((key, False) for key in self.row.after), *((key, True) for key in self.row.right_after)]
        return [
            ChangePredecessor(
                id=self.register.new_id(),
                change_id=change_id,
                predecessor_id=self.register.id_of(Change, key),
                is_back_to_back=is_back_to_back,
            )
            for key, is_back_to_back in ordered
        ]

    def _evidence(self, change_id: str, recorded: datetime) -> Iterator[ChangeEvidence]:
        row = self.row
        tester, reviewer = members_of(row.team)[-1], members_of(row.team)[0]
        pieces: list[tuple[EvidenceKind, str, str, str, int | None]] = []
        if row.test in (TestState.PASSED, TestState.PARTIAL):
            pieces.append((EvidenceKind.TEST, f"Test run in integration: {row.test.lower()}", "tests", tester, None))
        if row.rollback is RollbackState.TESTED:
            pieces.append(
                (EvidenceKind.ROLLBACK, "Way back rehearsed in integration", "rollback", tester, row.rollback_minutes)
            )
        if row.is_peer_reviewed and reviewer != self.requester:
            pieces.append((EvidenceKind.PEER_REVIEW, "Reviewed", "review", reviewer, None))
        for kind, summary, link, author, minutes in pieces:
            yield ChangeEvidence(
                id=self.register.new_id(),
                change_id=change_id,
                kind=kind,
                summary=summary,
                link=f"{PIPELINE}/{row.key}/{link}",
                environment="integration",
                author_id=self._person(author),
                measured_minutes=minutes,
                recorded_at=recorded + timedelta(hours=1),
            )

    def _findings(self, change_id: str, recorded: datetime) -> list[TechnicalRisk]:
        return [
            TechnicalRisk(
                id=self.register.new_id(),
                change_id=change_id,
                kind=kind,
                finding=finding,
                assessor_id=self._person(assessor),
                recorded_at=recorded + timedelta(days=1),
            )
            for kind, finding, assessor in self.row.findings
        ]

    def _decisions(self, change_id: str) -> Iterator[ChangeDecision]:
        for kind, decided_by, note in self.row.decisions:
            yield ChangeDecision(
                id=self.register.new_id(),
                change_id=change_id,
                kind=kind,
                decided_by=self._person(decided_by),
                decided_at=self.timeline.ago(0.8 if self.row.state is ChangeState.SCHEDULED else 5),
                note=note,
            )
