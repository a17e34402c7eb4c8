"""Mutations about conflicts."""

import strawberry

from api.bulk import in_bulk
from api.types.conflict import Conflict
from api.verbs import SEEN, STEPS, Outcome, given, verb
from domain.kernel.actor import Permission
from domain.usecases import conflicts

CONFLICT = Outcome("conflict", Conflict, "The conflict")


@strawberry.input(description="A conflict that somebody takes upon themselves.")
class ConflictAcceptInput:
    """Which one, and why."""

    conflict_id: strawberry.ID = given("The conflict.", of="Conflict")
    expected_version: int = given(SEEN)
    reason: str = given("Why it can be accepted.")


@strawberry.input(description="An acceptance to be taken back.")
class ConflictReopenInput:
    """Of which conflict."""

    conflict_id: strawberry.ID = given("The conflict.", of="Conflict")
    expected_version: int = given(SEEN)


@strawberry.type
class ConflictMutations:
    """Verbs of conflicts."""

    conflict_accept = verb(
        conflicts.accept_conflict,
        ConflictAcceptInput,
        "Take a conflict upon yourself on the facts as they are; when they change it is open again.",
        answers=CONFLICT,
        refusals=STEPS,
        needs=Permission.ACCEPT_CONFLICT,
    )
    conflict_accept_bulk = in_bulk(conflict_accept)
    conflict_reopen = verb(
        conflicts.reopen_conflict,
        ConflictReopenInput,
        "Take an acceptance back.",
        answers=CONFLICT,
        refusals=STEPS,
        needs=Permission.ACCEPT_CONFLICT,
    )
