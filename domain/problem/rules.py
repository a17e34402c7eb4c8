"""What may be said of a problem, what must hold of it, and what may follow (R204)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.kernel.absent import ABSENT, Maybe
from domain.kernel.checks import instant_issues, prose_issues, range_issues, text_issues
from domain.kernel.errors import Issue
from domain.kernel.lifecycle import Lifecycle
from domain.problem.model import OPEN_STATES, Problem, ProblemState


class ProblemAct(StrEnum):
    """What can be done to a problem."""

    UPDATE = "UPDATE"
    LINK = "LINK"
    ANALYSE = "ANALYSE"
    DECLARE_KNOWN_ERROR = "DECLARE_KNOWN_ERROR"
    RESOLVE = "RESOLVE"
    CLOSE = "CLOSE"


LIFECYCLE: Lifecycle[ProblemState, ProblemAct] = Lifecycle(
    "problem",
    {
        (ProblemState.NEW, ProblemAct.ANALYSE): ProblemState.ANALYSIS,
        **{
            (state, act): following
            for state in ProblemState
            if state in OPEN_STATES
            for act, following in (
                (ProblemAct.UPDATE, state),
                (ProblemAct.DECLARE_KNOWN_ERROR, ProblemState.KNOWN_ERROR),
                (ProblemAct.RESOLVE, ProblemState.RESOLVED),
            )
        },
        (ProblemState.RESOLVED, ProblemAct.CLOSE): ProblemState.CLOSED,
        **{(state, ProblemAct.LINK): state for state in ProblemState if state is not ProblemState.CANCELLED},
    },
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemFacts:
    """What may be said of a problem; see `domain.problem.model.Problem`."""

    external_id: Maybe[str | None] = ABSENT
    title: Maybe[str] = ABSENT
    description: Maybe[str] = ABSENT
    priority: Maybe[int] = ABSENT
    opened_at: Maybe[datetime] = ABSENT
    workaround: Maybe[str | None] = ABSENT
    root_cause: Maybe[str | None] = ABSENT
    assignee_id: Maybe[str | None] = ABSENT
    team_id: Maybe[str | None] = ABSENT


def problem_issues(problem: Problem) -> list[Issue]:
    """Return what is wrong with a problem about to be stored; a known error has a cause that was found."""
    return [
        *text_issues("external_id", problem.external_id),
        *text_issues("title", problem.title, required=True),
        *prose_issues("description", problem.description),
        *range_issues("priority", problem.priority, 1, 4),
        *instant_issues("opened_at", problem.opened_at, not_after=problem.recorded_at),
        *prose_issues("workaround", problem.workaround),
        *prose_issues("root_cause", problem.root_cause, required=problem.state is ProblemState.KNOWN_ERROR),
    ]
