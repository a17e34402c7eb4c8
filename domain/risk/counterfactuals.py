"""What would lower this risk: sets of up to three actions, each re-scored exactly (ENGINES 1.5).

Nothing is extrapolated from points, since impact does not add up over actions: the facts are changed and scored again.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from domain.change.model import RollbackState, TestState
from domain.risk.facts import ProblemFacts, RiskFacts, as_known
from domain.risk.model import Action, Counterfactual, RiskAssessment, RiskLevel
from domain.risk.score import Measured, judge, measure_again, probability

MOST_ACTIONS = 3
SHOWN = 3
SHOWN_PROBLEMS = 3
PROMISED = "promised"
"""Stands for the artefact that the action would produce."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """An action with what it does to the facts; `effort` from 1 (minutes) to 5 (weeks).

    `apply` changes only the facts the action is about, so that actions combine. Actions that need another engine
    (a slot, rolling one member at a time, draining or adding a member, a smaller scope) come ready made.
    """

    code: str
    label: str
    effort: int
    apply: Callable[[RiskFacts], RiskFacts]

    @property
    def action(self) -> Action:
        """The action as people read it."""
        return Action(self.code, self.label, self.effort)


def catalogue(facts: RiskFacts) -> tuple[Alternative, ...]:
    """Return the actions that follow from the facts alone: evidence to attach, problems to work around or fix."""
    known = as_known(facts)
    alternatives: list[Alternative] = []
    if known.change.shown_test is not TestState.PASSED:
        alternatives.append(Alternative("test", "Attach a passed test run", 2, with_passed_test))
    if known.change.shown_rollback is not RollbackState.TESTED:
        alternatives.append(Alternative("rollback", "Rehearse the rollback and attach it", 3, with_tested_rollback))
    on_targets = {target.id for target in known.targets}
    touching = [problem for problem in known.problems if not on_targets.isdisjoint(problem.ci_ids)]
    for problem in touching[:SHOWN_PROBLEMS]:
        alternatives.extend(_about(problem))
    return tuple(alternatives)


def with_passed_test(facts: RiskFacts) -> RiskFacts:
    """Return the facts as they are once a passed test run is attached."""
    return replace(facts, change=replace(facts.change, test=TestState.PASSED, test_artefact=PROMISED))


def with_tested_rollback(facts: RiskFacts) -> RiskFacts:
    """Return the facts as they are once the rollback was rehearsed; its minutes stay as planned."""
    change = replace(facts.change, rollback=RollbackState.TESTED, rollback_artefact=PROMISED)
    return replace(facts, change=change)


def with_team(facts: RiskFacts, team: str) -> RiskFacts:
    """Return the facts as they are when a team with a record on these classes carries the change out."""
    return replace(facts, change=replace(facts.change, team=team))


def without_problem(facts: RiskFacts, problem_id: str) -> RiskFacts:
    """Return the facts as they are once the problem is fixed."""
    return replace(facts, problems=tuple(problem for problem in facts.problems if problem.id != problem_id))


def with_workaround(facts: RiskFacts, problem_id: str) -> RiskFacts:
    """Return the facts as they are once the problem is a known error with a workaround."""
    problems = (replace(p, has_workaround=True) if p.id == problem_id else p for p in facts.problems)
    return replace(facts, problems=tuple(problems))


def without_conflict(facts: RiskFacts, conflict_id: str) -> RiskFacts:
    """Return the facts as they are once the conflict is resolved by moving the other change."""
    return replace(facts, conflicts=tuple(found for found in facts.conflicts if found.id != conflict_id))


def what_would_lower(
    assessment: RiskAssessment, base: Measured, alternatives: Sequence[Alternative]
) -> tuple[Counterfactual, ...]:
    """Return the three cheapest sets of at most three actions that reach a lower level, none dominated by another.

    `base` is what the assessment was scored from. One set dominates another if it costs no more and scores no higher.
    n alternatives cost n + C(n,2) + C(n,3) exact re-scores: 175 for ten.
    """
    if assessment.level is RiskLevel.LOW:
        return ()
    rescored = (_rescored(chosen, base) for chosen in _sets_of(alternatives))
    reaching = [promised for promised in rescored if promised is not None and promised.new_level < assessment.level]
    reaching.sort(key=lambda c: (c.effort, c.new_score, len(c.actions), [action.code for action in c.actions]))
    front: list[Counterfactual] = []
    for promised in reaching:
        if not front or promised.new_score < front[-1].new_score:
            front.append(promised)
    return tuple(front[:SHOWN])


def apply_all(facts: RiskFacts, alternatives: Sequence[Alternative]) -> RiskFacts:
    """Return the facts after every action, in the order given."""
    for alternative in alternatives:
        facts = alternative.apply(facts)
    return facts


def _sets_of(alternatives: Sequence[Alternative]) -> Iterator[tuple[Alternative, ...]]:
    ordered = sorted(alternatives, key=lambda alternative: alternative.code)
    for size in range(1, MOST_ACTIONS + 1):
        yield from combinations(ordered, size)


def _rescored(chosen: tuple[Alternative, ...], base: Measured) -> Counterfactual | None:
    """Return the change as it would be, None where it still could not be scored."""
    rescored = judge(measure_again(base, apply_all(base.situation.facts, chosen)).inputs, base.situation.params)
    if rescored.score is None:
        return None
    return Counterfactual(
        actions=tuple(alternative.action for alternative in chosen),
        new_score=rescored.score,
        new_level=rescored.level,
        new_probability=probability(rescored.log_odds),
        effort=sum(alternative.effort for alternative in chosen),
    )


def _about(problem: ProblemFacts) -> Iterator[Alternative]:
    problem_id = problem.id
    if not problem.has_workaround:
        yield Alternative(
            f"workaround:{problem_id}",
            f"Work around {problem_id}",
            3,
            lambda facts: with_workaround(facts, problem_id),
        )
    yield Alternative(
        f"fix:{problem_id}", f"Fix {problem_id} first", 5, lambda facts: without_problem(facts, problem_id)
    )
