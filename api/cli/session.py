"""Opening the database for one command, and finding what its arguments speak of."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import typer

from domain.change.model import Change
from domain.ci.model import ConfigurationItem
from domain.kernel.errors import InvalidInput, NotFound
from domain.ports import Ports, Snapshot
from domain.store.settings import StoreSettings, async_url, sqlite_file
from workers.runtime import Runtime

Answer = TypeVar("Answer")

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", help="sqlite:///FILE or postgresql://...; else HEADWATER_DATABASE_URL."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
AsOfOption = Annotated[
    str | None, typer.Option("--as-of", metavar="INSTANT", help="Answer as known then, e.g. 2026-11-23T08:00Z.")
]
SHOWN_CANDIDATES = 5


def run(answer: Coroutine[Any, Any, Answer]) -> Answer:
    """Run the asynchronous part of a command."""
    return asyncio.run(answer)


def database_url(option: str | None) -> str:
    """Return the URL of the option, else of the environment, checked."""
    url = option or StoreSettings().database_url
    async_url(url)
    return url


@asynccontextmanager
async def opened(database: str | None, *, is_new_fine: bool = False) -> AsyncIterator[Runtime]:
    """Yield the runtime of a database; one that is not there is an error unless the command may create it."""
    url = database_url(database)
    file = sqlite_file(url)
    if file is not None and not file.exists() and not is_new_fine:
        raise InvalidInput.at(
            "HEADWATER_DATABASE_URL",
            f"there is no database {file}: make one with `headwater import` or `headwater demo`, or name another",
        )
    runtime = await Runtime.open(url)
    try:
        yield runtime
    finally:
        await runtime.stop()


@asynccontextmanager
async def current(database: str | None, as_of: str | None = None) -> AsyncIterator[Ports]:
    """Yield the ports over a database whose conflicts and scores have caught up with its log, or as it was known."""
    moment = None if as_of is None else instant_of(as_of)
    async with opened(database) as runtime:
        if moment is None:
            await runtime.drain()
            yield runtime.ports
        else:
            async with runtime.known_at(moment) as ports:
                yield ports


def instant_of(text: str) -> datetime:
    """Return the instant of an argument."""
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError) as malformed:
        raise InvalidInput.at("--as-of", "must be an instant such as 2026-11-23T08:00Z") from malformed
    raise InvalidInput.at("--as-of", "needs a zone or an offset, e.g. 2026-11-23T08:00+01:00")


async def change_meant(snapshot: Snapshot, reference: str) -> Change:
    """Return the change with this number, external id or id."""
    for column in ("number", "external_id", "id"):
        change = await snapshot.find(Change, **{column: reference})
        if change is not None:
            return change
    raise NotFound("change", reference, "CHANGE")


async def ci_meant(snapshot: Snapshot, reference: str) -> ConfigurationItem:
    """Return the configuration item with this external id, name or id; a name of several is `InvalidInput`."""
    for column in ("external_id", "name", "id"):
        found = await snapshot.find_all(ConfigurationItem, **{column: reference})
        if len(found) > 1:
            raise InvalidInput.at("CI", f"'{reference}' is the name of {len(found)}: {_candidates(found)}")
        if found:
            return found[0]
    raise NotFound("configuration item", reference, "CI")


def _candidates(found: Sequence[ConfigurationItem]) -> str:
    shown = sorted(f"{ci.external_id or ci.id} ({ci.class_name})" for ci in found)[:SHOWN_CANDIDATES]
    return ", ".join([*shown, *(["..."] if len(found) > SHOWN_CANDIDATES else [])])
