"""Changes as they are decided and carried out: from submission to review (R187, R189, R195 to R200)."""

from dataclasses import dataclass

from domain.cab.model import CabMeeting
from domain.change.lifecycle import ChangeAct
from domain.change.model import Change, ChangeDecision, ChangeModel, ChangeOutcome, DecisionKind
from domain.change.rules import needs_review, note_issues, submission_issues
from domain.incident.model import ChangeLinkType, Incident
from domain.kernel.absent import trimmed
from domain.kernel.actor import Actor
from domain.kernel.checks import prose_issues, refuse
from domain.kernel.errors import InvalidInput
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, doer
from domain.usecases.changes import advanced


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """What a board or an approver says: the change at the version seen, a note, the meeting it was said in."""

    change_id: str
    expected_version: int
    note: str | None = None
    meeting_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseChange:
    """How a change ended; the review is asked for where R200 wants one."""

    change_id: str
    expected_version: int
    outcome: ChangeOutcome
    review: str | None = None
    has_service_effect: bool | None = None


async def submit(ports: Ports, actor: Actor, change_id: str, expected_version: int) -> str:
    """Hand a draft in; it must be complete (`changeSubmit`, R140, R189)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.SUBMIT)
        await _check_complete(work, change)
        change.submitted_at = work.now
        work.record("change.submitted", change)
    return change.id


async def request_authorisation(ports: Ports, actor: Actor, change_id: str, expected_version: int) -> str:
    """End the assessment: the change is ready for a decision (`changeRequestAuthorisation`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.REQUEST_AUTHORISATION)
        await _check_complete(work, change)
        change.assessed_at = work.now
        work.record("change.authorisation_requested", change)
    return change.id


async def approve(ports: Ports, actor: Actor, command: Decide) -> str:
    """Approve a change as planned (`changeApprove`)."""
    return await _decide(ports, actor, command, ChangeAct.APPROVE)


async def approve_with_conditions(ports: Ports, actor: Actor, command: Decide) -> str:
    """Approve on conditions; they are the approval note 批准说明 (`changeApproveWithConditions`, R195, R197)."""
    return await _decide(ports, actor, command, ChangeAct.APPROVE_WITH_CONDITIONS)


async def ask(ports: Ports, actor: Actor, command: Decide) -> str:
    """Ask for more information or modification; assessment goes on (`changeAsk`, R196)."""
    return await _decide(ports, actor, command, ChangeAct.ASK)


async def defer(ports: Ports, actor: Actor, command: Decide) -> str:
    """Leave the decision to a later meeting (`changeDefer`)."""
    return await _decide(ports, actor, command, ChangeAct.DEFER)


async def reject(ports: Ports, actor: Actor, command: Decide) -> str:
    """Reject a change for good (`changeReject`, R196)."""
    return await _decide(ports, actor, command, ChangeAct.REJECT)


async def start(ports: Ports, actor: Actor, change_id: str, expected_version: int) -> str:
    """Begin the work (`changeStart`, R198)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.START)
        change.actual_start = work.now
        work.record("change.started", change)
    return change.id


async def complete(ports: Ports, actor: Actor, change_id: str, expected_version: int) -> str:
    """End the work; verification and review follow (`changeComplete`, R199)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.COMPLETE)
        change.actual_end = work.now
        work.record("change.completed", change)
    return change.id


async def close(ports: Ports, actor: Actor, command: CloseChange) -> str:
    """Close a change with its outcome, by its coordinator, never by an implementer (`changeClose`, R199, R200)."""
    async with act(ports, actor) as work:
        change = await advanced(work, command.change_id, command.expected_version, ChangeAct.CLOSE)
        caused = await work.find_all(
            Incident,
            change_links={"change_id": change.id, "type": ChangeLinkType.CAUSED_BY, "ended_at": None},
        )
        change.outcome, change.review = command.outcome, trimmed(command.review)
        change.has_service_effect, change.closed_at = command.has_service_effect, work.now
        is_wanted = needs_review(change, command.outcome, has_caused_incident=bool(caused))
        refuse(prose_issues("review", change.review, required=is_wanted))
        work.record("change.closed", change)
    return change.id


async def cancel(ports: Ports, actor: Actor, change_id: str, expected_version: int, reason: str) -> str:
    """Give a change up before it is carried out; the log keeps why (`changeCancel`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.CANCEL)
        refuse(prose_issues("reason", reason.strip(), required=True))
        work.record("change.cancelled", change, note=reason.strip())
    return change.id


async def hold(ports: Ports, actor: Actor, change_id: str, expected_version: int, reason: str) -> str:
    """Put a change aside; the log keeps why (`changeHold`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.HOLD)
        refuse(prose_issues("reason", reason.strip(), required=True))
        work.record("change.held", change, note=reason.strip())
    return change.id


async def resume(ports: Ports, actor: Actor, change_id: str, expected_version: int) -> str:
    """Take a held change up where it was put aside (`changeResume`)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.RESUME)
        work.record("change.resumed", change)
    return change.id


async def exclude(ports: Ports, actor: Actor, change_id: str, expected_version: int, reason: str) -> str:
    """Take a change out of conflict detection; the log keeps who and why (`changeExclude`, ENGINES 3.2)."""
    async with act(ports, actor) as work:
        change = await advanced(work, change_id, expected_version, ChangeAct.EXCLUDE)
        refuse(prose_issues("reason", reason.strip(), required=True))
        if change.is_excluded:
            raise InvalidInput.at("change_id", "is excluded already")
        change.is_excluded = True
        work.record("change.excluded", change, note=reason.strip())
    return change.id


_DECISIONS: dict[ChangeAct, tuple[DecisionKind, str]] = {
    ChangeAct.APPROVE: (DecisionKind.APPROVE, "change.approved"),
    ChangeAct.APPROVE_WITH_CONDITIONS: (DecisionKind.APPROVE_WITH_CONDITIONS, "change.approved_with_conditions"),
    ChangeAct.ASK: (DecisionKind.ASK, "change.asked"),
    ChangeAct.DEFER: (DecisionKind.DEFER, "change.deferred"),
    ChangeAct.REJECT: (DecisionKind.REJECT, "change.rejected"),
}
_APPROVALS = frozenset({DecisionKind.APPROVE, DecisionKind.APPROVE_WITH_CONDITIONS})


async def _decide(ports: Ports, actor: Actor, command: Decide, decision: ChangeAct) -> str:
    kind, event = _DECISIONS[decision]
    async with act(ports, actor) as work:
        change = await advanced(work, command.change_id, command.expected_version, decision)
        note = trimmed(command.note) or None
        await check(work, note_issues(kind, note), Reference("meeting_id", CabMeeting, command.meeting_id))
        change.decisions.append(
            ChangeDecision(
                id=work.new_id(),
                change_id=change.id,
                kind=kind,
                decided_by=doer(actor),
                decided_at=work.now,
                note=note,
                meeting_id=command.meeting_id,
            )
        )
        change.decided_at = work.now
        if kind in _APPROVALS:
            change.authorised_by_id = actor.person_id
        work.record(event, change)
    return change.id


async def _check_complete(work: UnitOfWork, change: Change) -> None:
    model = None if change.model is None else await work.find(ChangeModel, name=change.model)
    refuse(submission_issues(change, model))
