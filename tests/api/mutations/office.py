"""The real ASGI server over the small estate of the business verbs, asked as several people."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from graphql import GraphQLObjectType, get_named_type, is_leaf_type

from api.app import create_app
from api.schema import build_schema
from domain.conflict.acceptance import ConflictStatus
from domain.conflict.model import ConflictCode, ConflictSeverity, Rating, conflict
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.ids import seeded_ids
from domain.kernel.time import FixedClock
from domain.people.model import ServiceAccount
from domain.people.rules import token_hash
from domain.store.tables import assessments
from tests.records import copy_record, record_at
from tests.unit.usecases.world import NOW, World, populate
from workers.runtime import Runtime

ROLES = {"bob": Role.ADMINISTRATOR, "cyd": Role.AUDITOR, "ada": Role.REQUESTER, None: Role.INTEGRATION}
"""Who asks in which role: persons of the estate, and a program."""


@dataclass
class Office:
    """The server and who may ask it; `world` looks behind the counter."""

    client: httpx.AsyncClient
    runtime: Runtime
    world: World

    async def ask(self, text: str, person: str | None = "bob", **variables: Any) -> dict[str, Any]:
        """Post an operation in the name of a person and return the answer."""
        headers = {"Authorization": f"Bearer {person}"}
        body = {"query": text, "variables": variables}
        response = await self.client.post("/graphql", json=body, headers=headers)
        answer: dict[str, Any] = response.json()
        return answer

    async def data(self, text: str, person: str | None = "bob", **variables: Any) -> Any:
        """Post an operation that must not fail and return its data."""
        answer = await self.ask(text, person, **variables)
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def do(self, mutation: str, given: Mapping[str, Any] | None, person: str | None = "bob") -> dict[str, Any]:
        """Do an act and return the member of its result union; in bulk, do it to a list of the one and return its."""
        if mutation.endswith(BULK):
            return (await self.do_all(mutation, [given or {}], person))["results"][0]
        text = document(mutation)
        variables = {"input": given} if given is not None else {}
        outcome: dict[str, Any] = (await self.data(text, person, **variables))[mutation]
        return outcome

    async def do_all(
        self, mutation: str, items: Sequence[Mapping[str, Any]], person: str | None = "bob", **rest: Any
    ) -> dict[str, Any]:
        """Do an act to a list and return the member of its result union, its `results` one by one."""
        data = await self.data(document(mutation), person, input={"items": items, **rest})
        outcome: dict[str, Any] = data[mutation]
        if "results" in outcome:
            assert [item["index"] for item in outcome["results"]] == list(range(len(items)))
            outcome["results"] = [item["result"] for item in outcome["results"]]
        return outcome


BULK = "Bulk"
MUTATIONS: Any = build_schema()._schema.mutation_type.fields  # type: ignore[union-attr]
FACTS = {
    "InvalidInputError": "issues { path message }",
    "ForbiddenError": "permission",
    "StaleVersionError": "currentVersion",
    "InvalidTransitionError": "current requested allowed",
    "DuplicateError": "value",
}


def members(mutation: str) -> dict[str, GraphQLObjectType]:
    """Return the members of the mutation's result union by name, in bulk those of each item's."""
    mutation = mutation.removesuffix(BULK)
    return {member.name: member for member in get_named_type(MUTATIONS[mutation].type).types}


@cache
def document(mutation: str) -> str:
    """Return the operation that does the act and selects everything a caller acts on."""
    outcome = _outcome(mutation)
    if mutation.endswith(BULK):
        success = f"{mutation[0].upper()}{mutation[1:]}Success"
        refused = "... on UserError { message code path } ... on InvalidInputError { issues { path message } }"
        outcome = f"__typename {refused} ... on {success} {{ results {{ index result {{ {outcome} }} }} }}"
    declared, given = "", ""
    if "input" in MUTATIONS[mutation].args:
        declared, given = f"($input: {MUTATIONS[mutation].args['input'].type})", "(input: $input)"
    return f"mutation{declared} {{ {mutation}{given} {{ {outcome} }} }}"


def _outcome(mutation: str) -> str:
    parts = ["__typename", "... on UserError { message code path }"]
    for name, member in members(mutation).items():
        facts = _selected(member) if name.endswith("Success") else FACTS.get(name)
        parts += [f"... on {name} {{ {facts} }}"] if facts else []
    return " ".join(parts)


def _selected(success: GraphQLObjectType) -> str:
    parts = []
    for name, field in success.fields.items():
        inner: Any = get_named_type(field.type)
        if is_leaf_type(inner):
            parts.append(name)
        else:
            parts.append(f"{name} {{ totalCount }}" if "pageInfo" in inner.fields else f"{name} {{ id version }}")
    return " ".join(parts)


@asynccontextmanager
async def open_office(file: Path, seed: int = 2) -> AsyncIterator[Office]:
    """Open the server over the record in the file; its new ids come from the seed."""
    clock = FixedClock(NOW)
    runtime = await Runtime.open(record_at(file), clock=clock, ids=seeded_ids(seed, clock))

    async def opened() -> Runtime:
        return runtime

    app = create_app(opened)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://headwater") as client,
    ):
        yield Office(client, runtime, World(runtime.database, runtime.ports, []))


async def build_office(file: Path) -> None:
    """Write the estate and the accounts into a new file."""
    clock = FixedClock(NOW)
    runtime = await Runtime.open(record_at(file), clock=clock, ids=seeded_ids(1, clock))
    await populate(World(runtime.database, runtime.ports, []))
    async with runtime.ports.work(SYSTEM) as work:
        for person, role in ROLES.items():
            account = ServiceAccount(
                id=f"account-{person}",
                name=str(person),
                token_hash=token_hash(str(person)),
                role=role,
                actor_person_id=person,
                created_at=NOW,
            )
            work.add(account)
            work.record("seed.made", account)
        await work.commit()
    await _put_conflicts(runtime)
    await runtime.stop()


async def _put_conflicts(runtime: Runtime) -> None:
    """Store two conflicts of the change under assessment, one of them accepted."""
    rating = Rating(ConflictSeverity.MAJOR, 0.6)
    async with runtime.database.writer.begin() as connection:
        for status, accepted_by in ((ConflictStatus.OPEN, None), (ConflictStatus.ACCEPTED, "bob")):
            code, subject = ConflictCode.BLACKOUT, f"freeze-{status.value}"
            found = conflict(["change-ASSESS"], code, rating, "in the freeze", "1", subject=subject)
            conflict_id = f"conflict-{status.value.lower()}"
            row: dict[str, Any] = {
                "key": found.key,
                "subject": found.subject,
                "code": found.code.value,
                "kind": found.kind.value,
                "severity": found.severity.value,
                "weight": found.weight,
                "message": found.message,
                "cis": [],
                "ci_count": 0,
                "rule_version": found.rule_version,
                "fingerprint": found.fingerprint,
                "status": status.value,
                "accepted_by": accepted_by,
                "accepted_reason": accepted_by and "agreed",
                "accepted_fingerprint": accepted_by and found.fingerprint,
                "position": 1,
                "version": 1,
            }
            await connection.execute(sa.insert(assessments.conflict).values(id=conflict_id, **row))
            taking_part = {"conflict_id": conflict_id, "change_id": "change-ASSESS"}
            await connection.execute(sa.insert(assessments.conflict_change).values(**taking_part))


def copied(file: Path, folder: Path) -> Path:
    """Return a copy of the record in the folder."""
    copy_record(file, folder / "office.db")
    return folder / "office.db"
