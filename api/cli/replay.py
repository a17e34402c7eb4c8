"""`headwater replay`: recomputes stored assessments to the last bit, and with --deep what they were computed from."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from api.cli.output import moment, print_json, say, stamp
from api.cli.session import DatabaseOption, JsonOption, change_meant, opened, run
from domain.change.model import Change
from domain.kernel.actor import SYSTEM, Permission
from domain.usecases.replay import Difference, Replayed, replayed

DIFFERENT = 1
SHOWN_ASSESSMENTS, SHOWN_DIFFERENCES = 10, 5


def replay(
    changes: Annotated[list[str] | None, typer.Argument(metavar="[CHANGE]...", help="Of these only.")] = None,
    is_deep: Annotated[
        bool, typer.Option("--deep", help="Rebuild the inputs too, from the log at the position they name.")
    ] = False,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Recompute stored risk assessments from their stored inputs and say where they come out otherwise."""
    total, different, numbers = run(_replayed(database, changes or [], is_deep=is_deep))
    if is_json:
        print_json({"replayed": total, "deep": is_deep, "different": [_answer(found, numbers) for found in different]})
    else:
        _print(total, different, numbers, is_deep=is_deep)
    if different:
        raise typer.Exit(DIFFERENT)


async def _replayed(
    database: str | None, references: Sequence[str], *, is_deep: bool
) -> tuple[int, list[Replayed], dict[str, str]]:
    """Return how many were replayed, those that differ, and the numbers of their changes."""
    SYSTEM.require(Permission.READ_ALL)
    total, different = 0, []
    async with opened(database) as runtime, runtime.history() as history:
        async with runtime.ports.snapshot() as snapshot:
            meant = [(await change_meant(snapshot, reference)).id for reference in references]
        async for found in replayed(runtime.ports, history, meant or None, deep=is_deep):
            total += 1
            if found.differences:
                different.append(found)
        async with runtime.ports.snapshot() as snapshot:
            of_changes = sorted({found.assessment.row.change_id for found in different})
            named = {change.id: change.number for change in await snapshot.find_all(Change, id=of_changes)}
    return total, different, named


def _print(total: int, different: Sequence[Replayed], numbers: dict[str, str], *, is_deep: bool) -> None:
    from_what = "from the log" if is_deep else "from their inputs"
    if not different:
        say(f"{total} assessments recomputed {from_what}: all to the last bit.")
        return
    say(f"{total} assessments recomputed {from_what}, {len(different)} come out otherwise:")
    for found in different[:SHOWN_ASSESSMENTS]:
        row = found.assessment.row
        say(f"{numbers[row.change_id]}, assessed {moment(row.as_of)} at position {row.position}:")
        for difference in found.differences[:SHOWN_DIFFERENCES]:
            say(f"  {difference.path}: stored {difference.stored!r}, recomputed {difference.recomputed!r}")
        if len(found.differences) > SHOWN_DIFFERENCES:
            say(f"  and {len(found.differences) - SHOWN_DIFFERENCES} more")
    if len(different) > SHOWN_ASSESSMENTS:
        say(f"and {len(different) - SHOWN_ASSESSMENTS} more assessments")


def _answer(found: Replayed, numbers: dict[str, str]) -> dict[str, Any]:
    row = found.assessment.row
    return {
        "assessment_id": found.assessment.id,
        "change": {"id": row.change_id, "number": numbers[row.change_id]},
        "as_of": stamp(row.as_of),
        "position": row.position,
        "params_version": row.params_version,
        "differences": [_told(difference) for difference in found.differences],
    }


def _told(difference: Difference) -> dict[str, Any]:
    return {"path": difference.path, "stored": difference.stored, "recomputed": difference.recomputed}
