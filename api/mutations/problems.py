"""Mutations about problems and known errors."""

from datetime import datetime

import strawberry

from api.types.problem import Problem
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, verb, with_facts
from domain.kernel.actor import Permission
from domain.kernel.errors import Duplicate
from domain.problem.rules import ProblemFacts
from domain.usecases import problems

PROBLEM = Outcome("problem", Problem, "The problem")


@strawberry.input(description="What may be said of a problem.")
class ProblemInput:
    """Facts of a problem, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    description: strawberry.Maybe[str] = given("What is wrong, in full.")
    priority: strawberry.Maybe[int] = given("From 1 (very high) to 4 (low); 3 unless given.")
    opened_at: strawberry.Maybe[datetime] = given("When it was found, not in the future; now unless given.")
    workaround: strawberry.Maybe[str | None] = given("How to live with it until it is solved.")
    root_cause: strawberry.Maybe[str | None] = given("What causes it.")
    assignee_id: strawberry.Maybe[strawberry.ID | None] = given("Who works on it.", of="Person")
    team_id: strawberry.Maybe[strawberry.ID | None] = given("The team it is with.", of="Team")


@strawberry.input(description="The unknown cause of incidents.")
class ProblemRaiseInput(ProblemInput, Repeatable):
    """The title is required."""

    title: str = given("What is wrong, in one line of at most 200 characters.")
    configuration_item_ids: list[strawberry.ID] = given(
        "Configuration items it is on, at most 100.", fact="ci_ids", of="ConfigurationItem", default=[]
    )
    incident_ids: list[strawberry.ID] = given("Incidents it causes, at most 100.", of="Incident", default=[])


@strawberry.input
class SeenProblem:
    """A problem at the version somebody saw."""

    problem_id: strawberry.ID = given("The problem.", of="Problem")
    expected_version: int = given(SEEN)


@strawberry.input(description="What changes of an open problem: what is absent stays, null clears.")
class ProblemUpdateInput(ProblemInput, SeenProblem):
    """Facts with the problem they are about."""

    title: strawberry.Maybe[str] = given("What is wrong, in one line of at most 200 characters.")


@strawberry.input(description="Configuration items that a problem is on too.")
class ProblemCisAddInput(SeenProblem):
    """Those to be added."""

    configuration_item_ids: list[strawberry.ID] = given(
        "The items, at most 100.", fact="ci_ids", of="ConfigurationItem"
    )


@strawberry.input(description="Incidents that a problem causes.")
class ProblemIncidentsLinkInput(SeenProblem):
    """Those to be attributed."""

    incident_ids: list[strawberry.ID] = given("The incidents, at most 100.", of="Incident")


@strawberry.input(description="A problem to be analysed.")
class ProblemAnalyseInput(SeenProblem):
    """Which one."""


@strawberry.input(description="A cause that was found.")
class ProblemKnownErrorDeclareInput(SeenProblem):
    """The cause, and how to live with it."""

    root_cause: str = given("What causes the problem.")
    workaround: str | None = given("How to live with it until it is removed; null: not known.", default=None)


@strawberry.input(description="A cause that is removed.")
class ProblemResolveInput(SeenProblem):
    """What it was."""

    root_cause: str = given("What caused the problem.")


@strawberry.input(description="A solved problem to be closed.")
class ProblemCloseInput(SeenProblem):
    """Which one."""


@strawberry.type
class ProblemMutations:
    """Verbs of problems."""

    problem_raise = verb(
        with_facts(problems.raise_problem, ProblemFacts),
        ProblemRaiseInput,
        "Register the unknown cause of incidents.",
        answers=PROBLEM,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_PROBLEM,
    )
    problem_update = verb(
        with_facts(problems.update, ProblemFacts),
        ProblemUpdateInput,
        "Change what is said of an open problem.",
        answers=PROBLEM,
        refusals=(*STEPS, Duplicate),
        needs=Permission.WRITE_PROBLEM,
    )
    problem_cis_add = verb(
        problems.add_cis,
        ProblemCisAddInput,
        "Say that a problem is on these configuration items too.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
    problem_incidents_link = verb(
        problems.link_incidents,
        ProblemIncidentsLinkInput,
        "Attribute incidents to a problem.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
    problem_analyse = verb(
        problems.analyse,
        ProblemAnalyseInput,
        "Take a problem up.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
    problem_known_error_declare = verb(
        problems.declare_known_error,
        ProblemKnownErrorDeclareInput,
        "Record the cause that was found, and how to live with it until it is removed.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
    problem_resolve = verb(
        problems.resolve,
        ProblemResolveInput,
        "Record that the cause is removed, and what it was.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
    problem_close = verb(
        problems.close,
        ProblemCloseInput,
        "Close a problem whose incidents stopped.",
        answers=PROBLEM,
        refusals=STEPS,
        needs=Permission.WRITE_PROBLEM,
    )
