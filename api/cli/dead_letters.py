"""`headwater dead-letters`: what keeps failing and was set aside, and what a person decides about it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from api.cli.output import entry, moment, print_json, say, stamp, table
from api.cli.session import DatabaseOption, JsonOption, opened, run
from domain.kernel.errors import InvalidInput
from domain.kernel.events import DeadLetter, Event
from domain.kernel.time import to_seconds
from workers.runtime import Runtime

NO = 1
SHOWN_ERROR = 200

dead_letters = typer.Typer(
    name="dead-letters", help="List, show, try again or discard what keeps failing.", no_args_is_help=True
)

IdsArgument = Annotated[list[str] | None, typer.Argument(metavar="[ID...]", help="Letters, as `list` names them.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A letter, as `list` names it.")]
ConsumerOption = Annotated[str | None, typer.Option("--consumer", help="Those of one consumer.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every letter.")]


@dead_letters.command("list")
def list_(consumer: ConsumerOption = None, is_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """List dead letters in the order of the log; status 1 when one waits for a person."""

    async def found() -> list[DeadLetter]:
        async with opened(database) as runtime:
            return await runtime.letters.all(consumer)

    letters = run(found())
    if is_json:
        print_json({"dead_letters": [_answer(letter) for letter in letters]})
    elif letters:
        table("Dead letters", ("id", "consumer", "event", "subject", "tries", "next try"), map(_row, letters))
    else:
        say("There are none.")
    if any(letter.retry_at is None for letter in letters):
        raise typer.Exit(NO)


@dead_letters.command("show")
def show(letter_id: IdArgument, is_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Show one letter with its error and the event it stands for."""

    async def found() -> tuple[DeadLetter, Event | None]:
        async with opened(database) as runtime:
            letter = await runtime.letters.get(letter_id)
            events = await runtime.log.read_after(letter.position - 1, 1) if letter.position else []
            return letter, next(iter(events), None)

    letter, event = run(found())
    if is_json:
        print_json(_answer(letter) | {"event": event and _event(event)})
        return
    entry(f"{letter.id}  {letter.consumer}", *_told(letter))
    if event is not None:
        entry(f"Event {event.position}", f"{event.kind} of {event.occurred_at:%Y-%m-%d %H:%M:%S}Z by {event.actor_id}")


@dead_letters.command("retry")
def retry(
    ids: IdsArgument = None,
    is_all: AllOption = False,
    consumer: ConsumerOption = None,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Try letters again now; status 1 when one fails again."""

    async def again(runtime: Runtime, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        await runtime.retry(letters)
        chosen = {letter.id for letter in letters}
        return [letter for letter in await runtime.letters.all() if letter.id in chosen]

    letters, left = run(_decide(database, ids or [], is_all, consumer, again))
    if is_json:
        print_json({"delivered": len(letters) - len(left), "failed": [_answer(letter) for letter in left]})
    else:
        say(f"{len(letters) - len(left)} delivered, {len(left)} failed again.")
        for letter in left:
            entry(f"{letter.id}  {letter.consumer}", *_told(letter))
    if left:
        raise typer.Exit(NO)


@dead_letters.command("discard")
def discard(
    ids: IdsArgument = None,
    is_all: AllOption = False,
    consumer: ConsumerOption = None,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Remove letters for good: their effects are not written. What is removed is printed."""

    async def remove(runtime: Runtime, letters: Sequence[DeadLetter]) -> list[DeadLetter]:
        await runtime.letters.discard(letters)
        return []

    letters, _ = run(_decide(database, ids or [], is_all, consumer, remove))
    if is_json:
        print_json({"discarded": [_answer(letter) for letter in letters]})
        return
    say(f"{len(letters)} discarded.")
    for letter in letters:
        entry(f"{letter.id}  {letter.consumer}", *_told(letter))


Decision = Callable[[Runtime, Sequence[DeadLetter]], Awaitable[list[DeadLetter]]]


async def _decide(
    database: str | None, ids: Sequence[str], is_all: bool, consumer: str | None, decision: Decision
) -> tuple[list[DeadLetter], list[DeadLetter]]:
    """Return the letters meant, and what the decision leaves of them; meaning none is `InvalidInput`."""
    if bool(ids) == (is_all or consumer is not None):
        raise InvalidInput.at("ID", "name letters, or all of them with --all or --consumer")
    async with opened(database) as runtime:
        if ids:
            letters = [await runtime.letters.get(letter_id) for letter_id in dict.fromkeys(ids)]
        else:
            letters = await runtime.letters.all(consumer)
        return letters, await decision(runtime, letters)


def _row(letter: DeadLetter) -> tuple[str, ...]:
    subject = f"{letter.subject_type} {letter.subject_id}"
    return letter.id, letter.consumer, f"{letter.position}", subject, f"{letter.attempts}", _next_try(letter)


def _next_try(letter: DeadLetter) -> str:
    if letter.retry_at is None:
        return "parked"
    return moment(letter.retry_at) if letter.error else "after an earlier one"


def _told(letter: DeadLetter) -> list[str]:
    about = f"{letter.kind} of {letter.subject_type} {letter.subject_id}"
    tries = f"{letter.attempts} tries, the last at {moment(letter.failed_at)}; next: {_next_try(letter)}"
    return [about, tries, *([letter.error[:SHOWN_ERROR]] if letter.error else [])]


def _answer(letter: DeadLetter) -> dict[str, Any]:
    return asdict(letter) | {
        "failed_at": stamp(to_seconds(letter.failed_at)),
        "retry_at": letter.retry_at and stamp(to_seconds(letter.retry_at)),
        "is_parked": letter.retry_at is None,
    }


def _event(event: Event) -> dict[str, Any]:
    return asdict(event) | {"occurred_at": stamp(to_seconds(event.occurred_at))}
