"""One business act: open the unit of work, let the verb do its part, commit, wake the relay.

Every verb of `domain.usecases` runs inside `act`. Whatever it raises leaves the record as it was.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, TypeVar

from domain.kernel.actor import Actor, Permission
from domain.kernel.checks import refuse
from domain.kernel.errors import Duplicate, InvalidInput, Issue, StaleVersion
from domain.ports import Ports, UnitOfWork

Record = TypeVar("Record")


class Reference(NamedTuple):
    """A field that names a record of another kind; `record_id` None names nothing."""

    path: str
    noun: type[Any]
    record_id: str | None


def references(path: str, noun: type[Any], record_ids: Iterable[str | None]) -> list[Reference]:
    """Return one reference per item of a list, each at `path.index`."""
    return [Reference(f"{path}.{index}", noun, record_id) for index, record_id in enumerate(record_ids)]


@asynccontextmanager
async def act(ports: Ports, actor: Actor, permission: Permission | None = None) -> AsyncIterator[UnitOfWork]:
    """Run one act in one transaction; without a permission the verb asks for the right itself."""
    if permission is not None:
        actor.require(permission)
    async with ports.work(actor) as work:
        yield work
        await work.commit()
    await ports.wake()


async def check(work: UnitOfWork, issues: Iterable[Issue], *references: Reference) -> None:
    """Raise `InvalidInput` with every fault: those given, and every reference to something that is not there."""
    found = list(issues)
    for path, noun, record_id in references:
        if record_id is None:
            continue
        try:
            await work.check_exists(noun, [record_id], path)
        except InvalidInput as refusal:
            found += refusal.issues
    refuse(found)


async def check_free(work: UnitOfWork, noun: str, record: Any, *columns: str) -> None:
    """Raise `Duplicate` when another record already has the value of one of the unique columns."""
    for column in columns:
        value = getattr(record, column)
        if value is None:
            continue
        other = await work.find(type(record), **{column: value})
        if other is not None and other is not record:
            raise Duplicate(noun, column, value)


def check_version(noun: str, record: Any, expected_version: int) -> None:
    """Raise `StaleVersion` unless the record found by its key is at that version; absent counts as version 0."""
    current = 0 if record is None else record.version
    if current != expected_version:
        raise StaleVersion(noun, expected_version, current)


def doer(actor: Actor) -> str:
    """Return who is on record as having done it: the person, or the service account without one."""
    return actor.person_id or actor.id
