"""`headwater token`: a service account's bearer token, shown once and kept as a hash."""

import sys
from datetime import timedelta
from typing import Annotated

import typer

from api.cli.session import DatabaseOption, opened, run
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.errors import InvalidInput, NotFound
from domain.people.model import Person
from domain.ports import Snapshot
from domain.usecases.accounts import create_service_account

NAME = "headwater token"


def token(
    *,
    role: Annotated[str, typer.Option(help=f"What it may do: one of {', '.join(Role)}.")] = Role.ADMINISTRATOR.value,
    actor: Annotated[str | None, typer.Option(help="The person it acts for: external id, email or id.")] = None,
    name: Annotated[str, typer.Option(help="What the account is called.")] = NAME,
    scope: Annotated[
        list[str] | None, typer.Option(help="A permission it is confined to, e.g. incident:write; may be repeated.")
    ] = None,
    days: Annotated[
        int | None, typer.Option(help="Days after which it ends; until it is revoked unless given.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Print a new bearer token, alone, on standard output."""
    try:
        chosen = Role(role.upper().replace("-", "_"))
    except ValueError as unknown:
        raise InvalidInput.at("--role", f"must be one of {', '.join(Role)}") from unknown
    sys.stdout.write(run(_token(database, chosen, actor, name, scope=scope or [], days=days)) + "\n")


async def _token(
    database: str | None, role: Role, actor: str | None, name: str, *, scope: list[str], days: int | None
) -> str:
    async with opened(database, is_new_fine=True) as runtime:
        person_id = None
        if actor is not None:
            async with runtime.ports.snapshot() as snapshot:
                person_id = (await _person(snapshot, actor)).id
        expires_at = None if days is None else runtime.ports.clock.now() + timedelta(days=days)
        issued = await create_service_account(
            runtime.ports, SYSTEM, name, role, person_id, scope=scope, expires_at=expires_at
        )
        return issued.token


async def _person(snapshot: Snapshot, reference: str) -> Person:
    for column in ("external_id", "email", "id"):
        found = await snapshot.find_all(Person, **{column: reference})
        if len(found) > 1:
            raise InvalidInput.at("--actor", f"'{reference}' is the {column} of {len(found)}: say the external id")
        if found:
            return found[0]
    raise NotFound("person", reference, "--actor")
