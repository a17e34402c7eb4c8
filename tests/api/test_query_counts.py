"""How many statements an operation takes is a baseline in a file: an N+1 is a line in the diff.

To accept new counts, write what the failing test prints into `query_counts.json`.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.kernel.actor import Actor, Role
from domain.store.engine import Database
from tests.api.desk import Desk, somebody
from tests.builders import a_change, a_ci, a_class, a_person, a_team, an_incident

BASELINE = Path(__file__).with_name("query_counts.json")
DOCUMENTS = {
    "facts": "{ incidents { nodes { id number title state openedAt } } }",
    "people of incidents": "{ incidents { nodes { number reporter { name } assignee { name } team { name } } } }",
    "counted": "{ incidents { totalCount nodes { number } } }",
    "three levels": """{ incidents { nodes { number configurationItems { totalCount nodes { name owner { name }
        incidents(first: 2) { nodes { number reporter { name } } } } } } } }""",
    "the same relation twice": """{ incidents { nodes { a: configurationItems(first: 1) { nodes { name } }
        b: configurationItems(first: 2) { nodes { name } } } } }""",
    "a page of changes": """{ changes { nodes { number plannedWindow { start end } requester { name } team { name }
        service { name } risk { score level } targets { nodes { step configurationItem { name } } }
        conflicts { nodes { severity message } } viewerCan } } }""",
    "nodes of two types": """query ($ids: [ID!]!) {
        nodes(ids: $ids) { id ... on Person { name } ... on Team { name } } }""",
    "two root fields": "{ people { nodes { name } } teams { nodes { name lead { name } } } }",
    "nothing of the record": "{ viewer { name roles } }",
}


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Gather the statements that readers execute."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    sa.event.listen(database.reader.sync_engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(database.reader.sync_engine, "before_cursor_execute", note)


async def hold(desk: Desk, number: int) -> None:
    """Hold so many incidents, people, configuration items and changes that refer to each other."""
    people = [a_person(id=f"p{place}") for place in range(number)]
    await desk.holds(a_class(), *people, a_team("p0", id="team", lead_id="p0"))
    await desk.holds(*[a_ci(id=f"ci{place}", owner_id=f"p{place}") for place in range(number)])
    for place in range(number):
        on = [f"ci{place}", f"ci{(place + 1) % number}"] if number > 1 else ["ci0"]
        await desk.holds(an_incident(*on, reporter_id=f"p{place}", assignee_id="p0", team_id="team"))
        await desk.holds(a_change(*on, requester_id=f"p{place}", team_id="team"))


async def counts(desk: Desk, actor: Actor) -> dict[str, int]:
    """Return how many statements each document takes, without the begin of the transaction."""
    people = await desk.data("{ people { nodes { id } } teams { nodes { id } } }", actor)
    ids = [node["id"] for nouns in people.values() for node in nouns["nodes"]]
    found: dict[str, int] = {}
    for name, text in DOCUMENTS.items():
        with counted(desk.database) as statements:
            await desk.data(text, actor, **({"ids": ids} if "$ids" in text else {}))
        found[name] = sum(statement.lstrip().startswith(("SELECT", "WITH")) for statement in statements)
    return found


@pytest.mark.parametrize("number", [1, 7])
@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMINISTRATOR])
async def test_statements_are_as_many_as_the_baseline_says_whatever_the_number_of_rows(
    desk: Desk, number: int, role: Role
) -> None:
    await hold(desk, number)
    assert await counts(desk, somebody(role)) == json.loads(BASELINE.read_text(encoding="utf-8"))


async def test_an_operation_reads_one_state_of_the_record(desk: Desk, staff: Actor) -> None:
    await hold(desk, 2)
    begun: list[sa.Connection] = []

    def note(connection: sa.Connection) -> None:
        begun.append(connection)

    sa.event.listen(desk.database.reader.sync_engine, "begin", note)
    await desk.data("{ people { nodes { name } } teams { totalCount } incidents { totalCount } }", staff)
    sa.event.remove(desk.database.reader.sync_engine, "begin", note)
    assert len(begun) == 1


async def test_only_what_is_asked_for_is_read(desk: Desk, staff: Actor) -> None:
    await hold(desk, 2)
    with counted(desk.database) as statements:
        await desk.data("{ incidents { nodes { title reporter { name } } } }", staff)
    incidents, people = [text for text in statements if text.lstrip().startswith("SELECT")]
    assert "description" not in incidents
    assert "solution" not in incidents
    assert "email" not in people
