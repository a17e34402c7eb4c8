"""Changes: what is planned, on what, by whom, with which evidence, and how it ended (R187 to R199, D14)."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ChangeType(StrEnum):
    """D14: STANDARD matches a pre-approved template, MAJOR always goes to the CAB, the rest as named."""

    STANDARD = "STANDARD"
    NORMAL = "NORMAL"
    MAJOR = "MAJOR"
    EMERGENCY = "EMERGENCY"
    UNAUTHORISED = "UNAUTHORISED"


class ChangeState(StrEnum):
    """Where a change is in its life."""

    NEW = "NEW"
    ASSESS = "ASSESS"
    AUTHORISE = "AUTHORISE"
    SCHEDULED = "SCHEDULED"
    IMPLEMENT = "IMPLEMENT"
    REVIEW = "REVIEW"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    ON_HOLD = "ON_HOLD"


class ChangeOutcome(StrEnum):
    """How a change ended; the label of every success rate (ENGINES 1.3)."""

    SUCCESSFUL = "SUCCESSFUL"
    SUCCESSFUL_WITH_ISSUES = "SUCCESSFUL_WITH_ISSUES"
    UNSUCCESSFUL = "UNSUCCESSFUL"
    BACKED_OUT = "BACKED_OUT"


class TestState(StrEnum):
    """What is known of testing (ENGINES F10); without an artefact at most PARTIAL."""

    __test__ = False

    PASSED = "PASSED"
    PARTIAL = "PARTIAL"
    UNKNOWN = "UNKNOWN"
    NONE = "NONE"


class RollbackState(StrEnum):
    """What is known of the way back (ENGINES F11)."""

    TESTED = "TESTED"
    DOCUMENTED = "DOCUMENTED"
    UNKNOWN = "UNKNOWN"
    NONE = "NONE"


class TaskAction(StrEnum):
    """What a task does to its configuration item."""

    CONFIGURE = "CONFIGURE"
    RESTART = "RESTART"
    REPLACE = "REPLACE"
    MIGRATE_DATA = "MIGRATE_DATA"


class EvidenceKind(StrEnum):
    """What a piece of evidence is about."""

    TEST = "TEST"
    ROLLBACK = "ROLLBACK"
    PEER_REVIEW = "PEER_REVIEW"


class TechnicalRiskKind(StrEnum):
    """The technical risks an assessor answers for (R191)."""

    COMPATIBILITY = "COMPATIBILITY"
    PERFORMANCE = "PERFORMANCE"
    SECURITY = "SECURITY"
    SYSTEM_CONFLICT = "SYSTEM_CONFLICT"
    ROLLBACK_DIFFICULTY = "ROLLBACK_DIFFICULTY"


@dataclass(eq=False, kw_only=True)
class Change:
    """A request for change with its plan and its outcome.

    `prep_minutes`, `rollback_minutes` and `bake_minutes` widen the planned window (ENGINES 3.2); None is unknown and
    counts so in confidence. `bundle` names changes that belong together. `is_excluded` takes the change out of
    conflict detection, which needs a role and leaves an audit row.
    """

    id: str
    number: str
    external_id: str | None
    title: str
    description: str = ""
    reason: str | None = None
    expected_effect: str | None = None
    type: ChangeType = ChangeType.NORMAL
    model: str | None = None
    state: ChangeState = ChangeState.NEW
    held_state: ChangeState | None = None
    requester_id: str | None = None
    team_id: str | None = None
    service_id: str | None = None
    planned_start: datetime | None = None
    planned_end: datetime | None = None
    downtime_start: datetime | None = None
    downtime_end: datetime | None = None
    actual_start: datetime | None = None
    actual_end: datetime | None = None
    prep_minutes: int | None = None
    rollback_minutes: int | None = None
    bake_minutes: int | None = None
    is_irreversible: bool = False
    test_state: TestState = TestState.UNKNOWN
    rollback_state: RollbackState = RollbackState.UNKNOWN
    rollback_plan: str | None = None
    bundle: str | None = None
    is_excluded: bool = False
    needs_security_review: bool = False
    authorised_by_id: str | None = None
    outcome: ChangeOutcome | None = None
    has_service_effect: bool | None = None
    review: str | None = None
    recorded_at: datetime
    submitted_at: datetime | None = None
    assessed_at: datetime | None = None
    decided_at: datetime | None = None
    closed_at: datetime | None = None
    targets: list["ChangeTarget"] = field(default_factory=list)
    tasks: list["ChangeTask"] = field(default_factory=list)
    predecessors: list["ChangePredecessor"] = field(default_factory=list)
    evidence: list["ChangeEvidence"] = field(default_factory=list)
    technical_risks: list["TechnicalRisk"] = field(default_factory=list)
    decisions: list["ChangeDecision"] = field(default_factory=list)
    version: int = 0


@dataclass(eq=False, kw_only=True)
class ChangeTarget:
    """A directly changed configuration item. Equal `step` numbers are taken down together (rolling changes)."""

    id: str
    change_id: str
    ci_id: str
    step: int = 1


@dataclass(eq=False, kw_only=True)
class ChangeTask:
    """One piece of work: by whom, when, on which configuration item, doing what; tasks run in `step` order."""

    id: str
    change_id: str
    title: str
    step: int = 1
    action: TaskAction = TaskAction.CONFIGURE
    is_exclusive: bool = False
    ci_id: str | None = None
    implementer_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None


@dataclass(eq=False, kw_only=True)
class ChangePredecessor:
    """A declared order: `predecessor_id` ends before this change starts; back to back waives the reserve between."""

    id: str
    change_id: str
    predecessor_id: str
    is_back_to_back: bool = False


@dataclass(eq=False, kw_only=True)
class ChangeEvidence:
    """Something a board can look at: a test run, a rehearsed rollback, a peer review."""

    id: str
    change_id: str
    kind: EvidenceKind
    summary: str
    link: str | None = None
    environment: str | None = None
    author_id: str | None = None
    measured_minutes: int | None = None
    recorded_at: datetime


@dataclass(eq=False, kw_only=True)
class TechnicalRisk:
    """An assessor's finding (R190 to R192); open until mitigated."""

    id: str
    change_id: str
    kind: TechnicalRiskKind
    finding: str
    is_open: bool = True
    assessor_id: str | None = None
    recorded_at: datetime


class DecisionKind(StrEnum):
    """What a board or an approver said (R195, R196)."""

    APPROVE = "APPROVE"
    APPROVE_WITH_CONDITIONS = "APPROVE_WITH_CONDITIONS"
    ASK = "ASK"
    DEFER = "DEFER"
    REJECT = "REJECT"


@dataclass(eq=False, kw_only=True)
class ChangeDecision:
    """A recorded decision; conditions are stored as the approval note 批准说明 (R197)."""

    id: str
    change_id: str
    kind: DecisionKind
    decided_by: str
    decided_at: datetime
    note: str | None = None
    meeting_id: str | None = None


@dataclass(eq=False, kw_only=True)
class ChangeModel:
    """A template of repeatable changes. `approved_tiers` lists the service tiers the CAB pre-approved it for."""

    id: str
    name: str
    type: ChangeType
    description: str = ""
    usual_minutes: int | None = None
    is_pre_approved: bool = False
    approved_tiers: list[int] = field(default_factory=list)
    version: int = 0
