"""The words of the schema: every enum of the domain that it shows, each value described."""

from api.enums import described_enum, named_enum
from domain.cab.model import MeetingState, MemberRole
from domain.cab.rules import MeetingAct
from domain.change.lifecycle import ChangeAct
from domain.change.model import (
    ChangeOutcome,
    ChangeState,
    ChangeType,
    DecisionKind,
    EvidenceKind,
    RollbackState,
    TaskAction,
    TechnicalRiskKind,
    TestState,
)
from domain.change.windows import ScopeKind, WindowKind
from domain.ci.model import CiStatus, MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.ci.rules import CiAct
from domain.conflict.acceptance import ConflictAct, ConflictStatus
from domain.conflict.model import ConflictCode, ConflictKind, ConflictSeverity
from domain.incident.model import ChangeLinkType, IncidentState
from domain.incident.rules import IncidentAct
from domain.kernel.actor import Role
from domain.kernel.duties import RecordAct
from domain.problem.model import ProblemState
from domain.problem.rules import ProblemAct
from domain.risk.model import ConfidenceLevel, RiskLevel
from domain.risk.model import EvidenceKind as RiskEvidenceKind
from domain.risk.routing import Forum

described_enum(
    IncidentState,
    "Where an incident is in its life.",
    NEW="Reported, nobody has it yet.",
    ASSIGNED="Given to a team or a person.",
    ACCEPTED="Somebody works on it.",
    PENDING="Waiting for somebody else; the clock may stand still.",
    RESOLVED="Service is restored.",
    PENDING_REVIEW="Resolved, and looked at again before it is filed.",
    ARCHIVED="Filed; nothing more follows.",
    CANCELLED="It was none.",
)
described_enum(
    ChangeLinkType,
    "What an incident has to do with a change.",
    CAUSED_BY="The change caused the incident.",
    FIXED_BY="The change fixed the incident.",
    RELATED="They have to do with each other.",
    UNRELATED="They have nothing to do with each other, as somebody looked into.",
)
described_enum(
    ProblemState,
    "Where a problem is in its life.",
    NEW="Identified, not yet looked into.",
    ANALYSIS="Its cause is being looked for.",
    KNOWN_ERROR="Its cause is known and not yet removed.",
    RESOLVED="Its cause is removed.",
    CLOSED="Filed; nothing more follows.",
    CANCELLED="It was none.",
)
described_enum(
    Role,
    "A set of duties; one person may have several.",
    REQUESTER="Reports and requests; sees what is their own.",
    SERVICE_DESK="Takes incidents and keeps people informed.",
    SUPPORT="Works on incidents, problems and changes.",
    CHANGE_MANAGER="Coordinates changes, windows and the board.",
    CAB_MEMBER="Decides about changes.",
    PROBLEM_MANAGER="Looks for causes.",
    CONFIGURATION_MANAGER="Keeps configuration items, relations, people and calendars.",
    AUDITOR="Reads everything, changes nothing.",
    INTEGRATION="A program that reports and keeps records.",
    ADMINISTRATOR="May do everything.",
)
described_enum(
    CiStatus,
    "Where a configuration item is in its life.",
    PLANNED="Not yet in service.",
    IN_SERVICE="In service.",
    RETIRED="No longer in service.",
)
described_enum(
    RelationType,
    "What one configuration item is to another, read as `source TYPE target`.",
    DEPENDS_ON="The source does not work without the target.",
    RUNS_ON="The source runs on the target.",
    HOSTED_ON="The source is hosted on the target.",
    USES="The source uses the target and is degraded without it.",
    CONNECTS_TO="The two are connected; both may notice.",
    SENDS_DATA_TO="The target gets data from the source.",
    MEMBER_OF="The source is one of the members that make up the target.",
    BACKS_UP="The source holds backups of the target; no effect on availability.",
    CONTAINS="The source consists of the target among others.",
    OFFERS="The source offers the business service that is the target.",
    SUBSCRIBES_TO="The source subscribes to the business service that is the target.",
)
described_enum(
    ProviderSide,
    "Which end of a connection provides.",
    SOURCE="The source provides.",
    TARGET="The target provides.",
)
described_enum(
    MinUpKind,
    "How a redundancy group states what must stay up.",
    COUNT="A number of members.",
    PERCENT="A percentage of the members.",
)
described_enum(
    ChangeType,
    "What kind of change it is.",
    STANDARD="Matches a template that is approved beforehand.",
    NORMAL="Decided case by case.",
    MAJOR="Always decided by the CAB.",
    EMERGENCY="Cannot wait for the next meeting; the emergency CAB decides.",
    UNAUTHORISED="Was made without being authorised; reviewed, never approved.",
)
described_enum(
    ChangeState,
    "Where a change is in its life.",
    NEW="Being written.",
    ASSESS="Submitted; risk, impact and conflicts are looked at.",
    AUTHORISE="Waiting for a decision.",
    SCHEDULED="Approved, and its time is set.",
    IMPLEMENT="Being carried out.",
    REVIEW="Carried out; its outcome is looked at.",
    CLOSED="Filed; nothing more follows.",
    CANCELLED="Withdrawn or rejected.",
    ON_HOLD="Waiting; it returns to the state it was held in.",
)
described_enum(
    ChangeOutcome,
    "How a change ended.",
    SUCCESSFUL="As planned.",
    SUCCESSFUL_WITH_ISSUES="Its aim was reached, not without trouble.",
    UNSUCCESSFUL="Its aim was not reached.",
    BACKED_OUT="It was taken back.",
)
described_enum(
    TestState,
    "What is known of testing.",
    PASSED="Tested with a result to show.",
    PARTIAL="Tested in part.",
    UNKNOWN="Nobody said.",
    NONE="Not tested.",
)
described_enum(
    RollbackState,
    "What is known of the way back.",
    TESTED="Rehearsed.",
    DOCUMENTED="Written down.",
    UNKNOWN="Nobody said.",
    NONE="There is none.",
)
described_enum(
    ChangeAct,
    "What can be done to a change.",
    UPDATE="Change its plain facts.",
    PLAN="Change its targets, tasks and order.",
    SCHEDULE="Set its window.",
    RESCHEDULE="Move its window after approval.",
    ADD_EVIDENCE="Add something the board can look at.",
    ASSESS_RISK="Record a technical risk.",
    SUBMIT="Hand it in for assessment.",
    REQUEST_AUTHORISATION="Ask for the decision.",
    APPROVE="Approve it.",
    APPROVE_WITH_CONDITIONS="Approve it once conditions are met.",
    ASK="Send it back with questions.",
    DEFER="Decide later.",
    REJECT="Reject it.",
    START="Begin to carry it out.",
    COMPLETE="Say that it is carried out.",
    CLOSE="Record the outcome and file it.",
    HOLD="Put it on hold.",
    RESUME="Take it off hold.",
    CANCEL="Withdraw it.",
    EXCLUDE="Take it out of conflict detection.",
)
described_enum(
    TaskAction,
    "What a task does to its configuration item.",
    CONFIGURE="Changes settings.",
    RESTART="Restarts it.",
    REPLACE="Puts another in its place.",
    MIGRATE_DATA="Moves or converts data.",
)
described_enum(
    EvidenceKind,
    "What a piece of evidence is about.",
    TEST="A test of the change.",
    ROLLBACK="A rehearsal of the way back.",
    PEER_REVIEW="A review by somebody other than the author.",
)
described_enum(
    TechnicalRiskKind,
    "The technical risks an assessor answers for.",
    COMPATIBILITY="It may not fit what is around it.",
    PERFORMANCE="It may make something slower.",
    SECURITY="It may open a hole.",
    SYSTEM_CONFLICT="It may get in the way of another system.",
    ROLLBACK_DIFFICULTY="The way back may be hard.",
)
described_enum(
    DecisionKind,
    "What a board or an approver said.",
    APPROVE="It may be done.",
    APPROVE_WITH_CONDITIONS="It may be done once the conditions in the note are met.",
    ASK="More must be known first.",
    DEFER="It is decided later.",
    REJECT="It must not be done.",
)
described_enum(
    WindowKind,
    "What a window means for changes.",
    MAINTENANCE="Changes are to be made inside it.",
    BLACKOUT="A freeze: no changes inside it.",
)
described_enum(
    ScopeKind,
    "What a window applies to.",
    ORGANISATION="Everything.",
    SITE="Everything on a site.",
    CI_CLASS="Every configuration item of a class.",
    CI="One configuration item.",
    SERVICE="One business service.",
)
described_enum(
    MeetingState,
    "Where a meeting is in its life.",
    PLANNED="Its agenda can still be filled.",
    PUBLISHED="Its agenda stands.",
    HELD="It took place.",
    CANCELLED="It did not take place.",
)
described_enum(
    MemberRole,
    "What a member is to the board.",
    CHAIR="Leads it.",
    DEPUTY="Leads it when the chair is away.",
    MEMBER="Has a seat.",
)
described_enum(
    ConflictCode,
    "Which rule found a conflict.",
    SAME_CI="Two changes of one configuration item at a time.",
    DEPENDENT_CI="One change takes down what the other works on.",
    REDUNDANCY="Together, changes leave too few members of a redundancy group up.",
    SHARED_SERVICE="Two changes impact one critical service at a time.",
    SOAK="A change begins before another has been watched long enough.",
    ORDER="A change begins before one that must end first.",
    BLACKOUT="A change runs in a freeze.",
    OUTSIDE_MAINT="A change runs outside the maintenance window of what it touches.",
    IMPACTED_OUTSIDE_MAINT="A change takes something down outside the maintenance window of that.",
    PERSON="A person has more to do at a time than one can carry, or is away.",
    APPROVER="Nobody can decide in time.",
    ACTIVE_INCIDENT="A change touches what an incident is on.",
    CAPACITY="More changes run at once on a site, in a team or on a service than are allowed.",
    UNSCHEDULED="A change has no window to compare.",
)
described_enum(
    ConflictKind,
    "How the rule is met.",
    PLANNED="By the plan as it stands.",
    RESERVE="Only by the time kept in reserve.",
    EXEMPTED="Under an exemption.",
    ABSENCE="By a person's absence.",
)
described_enum(
    ConflictSeverity,
    "How bad a conflict is.",
    BLOCKER="The change cannot be scheduled like this.",
    MAJOR="Must be solved or accepted.",
    MINOR="Should be known.",
    INFO="A note.",
)
described_enum(
    ConflictStatus,
    "Where a conflict is in its life.",
    OPEN="Found, not solved.",
    ACCEPTED="Taken upon themselves by somebody, for a reason, on the facts as they were.",
    RESOLVED="No longer found.",
)
described_enum(
    RiskLevel,
    "The four bands of risk, after which the way to a decision goes.",
    LOW="Little can go wrong, or little is lost if it does.",
    MODERATE="Worth a second look.",
    HIGH="Worth a board's time.",
    VERY_HIGH="Not without the board, and with a presenter.",
)
described_enum(
    ConfidenceLevel,
    "How far something may be trusted.",
    LOW="Much is unknown.",
    MEDIUM="Something is unknown.",
    HIGH="Little is unknown.",
)
named_enum(
    RiskEvidenceKind,
    "RiskEvidenceKind",
    "What a line of the sum stands on.",
    CI="A configuration item.",
    SERVICE="A business service.",
    INCIDENT="An incident.",
    PROBLEM="A problem.",
    CHANGE="A change.",
    CONFLICT="A conflict.",
    ARTEFACT="A piece of evidence of the change.",
    RATE="A rate of failure.",
    PERSON="A person.",
)
described_enum(
    Forum,
    "Where a change is decided.",
    RETROSPECTIVE="Nowhere: it was made, and is reviewed.",
    EMERGENCY_CAB="In the emergency CAB.",
    CAB="In the CAB, with a presenter.",
    CAB_OR_ELECTRONIC="In the CAB or by electronic vote of the required roles.",
    AUTOMATIC="By itself: a template approved beforehand.",
    AUTOMATIC_WITH_NOTICE="By itself, with a notice to those concerned.",
    SERVICE_OWNER="By the service owner or a delegate.",
)
described_enum(
    IncidentAct,
    "What can be done to an incident.",
    UPDATE="Its facts can be changed.",
    LINK="Configuration items and changes can be linked to it and unlinked.",
    RESOLVE="It can be resolved.",
    CANCEL="It can be withdrawn.",
)
described_enum(
    ProblemAct,
    "What can be done to a problem.",
    UPDATE="Its facts can be changed.",
    LINK="Configuration items and incidents can be linked to it and unlinked.",
    ANALYSE="Its cause can be looked for.",
    DECLARE_KNOWN_ERROR="Its cause can be stated.",
    RESOLVE="It can be resolved.",
    CLOSE="It can be filed.",
)
described_enum(
    CiAct,
    "What can be done to a configuration item.",
    UPDATE="Its facts can be changed.",
    RETIRE="It can be taken out of service for good.",
)
described_enum(
    MeetingAct,
    "What can be done to a meeting of a board.",
    DECLINE="A member can be excused.",
    ARRANGE="Its agenda can be rearranged.",
    PUBLISH="Its agenda can be published.",
    HOLD="It can be recorded as held.",
    CANCEL="It can be called off.",
)
described_enum(
    ConflictAct,
    "What can be done to a stored conflict.",
    ACCEPT="It can be accepted for a reason.",
    REOPEN="Its acceptance can be taken back.",
)
described_enum(
    RecordAct,
    "What can be done to a record without a life cycle of its own.",
    UPDATE="Its facts can be changed.",
    END="It can be ended.",
)
