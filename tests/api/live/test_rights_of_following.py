"""Who hears what: every feed followed in every role by people of two organisations, and by programs of nobody.

`rights_of_following.json` holds of whose records each role hears. To accept new rights, write what the failing test
prints into it. Beside the table, each event is held to what its listener can read: the same record, with the same
answer below it, by id; what they cannot read stands in no message, by no name, number or id.
"""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from api.ids import encode_id as gid
from api.subscriptions.feeds import FEED_OF
from domain.kernel.actor import Role
from tests.api.live.place import Place, Socket, connected, open_place
from tests.builders import (
    a_cab_meeting,
    a_cab_series,
    a_change,
    a_ci,
    a_class,
    a_group,
    a_person,
    a_problem,
    a_relation,
    a_team,
    an_incident,
)

BASELINE = Path(__file__).with_name("rights_of_following.json")
PERSONS = ("cora", "emil", None)
"""Cora is a customer at Acme, as is her colleague Cleo; Emil is one elsewhere; a program stands for nobody."""
PEOPLE = "reporter { id name organisation } assignee { id name } team { id name }"
INCIDENT = f"... on Incident {{ id number title {PEOPLE} configurationItems {{ totalCount nodes {{ id name }} }} }}"
CHANGE = "id number title requester { id name organisation } targets { totalCount } viewerCan"
PROBLEM = "... on Problem { id number title incidents { totalCount nodes { id } } }"
BELOW = {
    "ticketEvents": f"ticket {{ {INCIDENT} {PROBLEM} }}",
    "changeEvents": f"change {{ {CHANGE} }}",
    "agendaEvents": "meeting { id number items { totalCount } } board { id name }",
    "ciEvents": "subject { ... on ConfigurationItem { id name } ... on BusinessService { id tier } "
    "... on Relation { id type } ... on RedundancyGroup { id name } }",
}
NODE = (
    f"{INCIDENT} {PROBLEM} ... on Change {{ {CHANGE} }} "
    "... on CabMeeting { id number items { totalCount } } ... on CabSeries { id name } "
    "... on ConfigurationItem { id name } ... on BusinessService { id tier } ... on Relation { id type } "
    "... on RedundancyGroup { id name }"
)
RECORDS: dict[str, tuple[str, Any]] = {
    "incident of Cora": ("Incident", lambda: an_incident("web", id="i-cora", reporter_id="cora", title="of-cora")),
    "incident of Cleo": ("Incident", lambda: an_incident("web", id="i-cleo", reporter_id="cleo", title="of-cleo")),
    "incident of Emil": ("Incident", lambda: an_incident("web", id="i-emil", reporter_id="emil", title="of-emil")),
    "restricted incident of Emil": (
        "Incident",
        lambda: an_incident("web", id="i-hush", reporter_id="emil", title="hush", team_id="team", is_restricted=True),
    ),
    "problem": ("Problem", lambda: a_problem("web", id="p-all", title="of-all")),
    "change of Cora": ("Change", lambda: a_change("web", id="c-cora", requester_id="cora", title="do-cora")),
    "change of Cleo": ("Change", lambda: a_change("web", id="c-cleo", requester_id="cleo", title="do-cleo")),
    "change of Emil": ("Change", lambda: a_change("web", id="c-emil", requester_id="emil", title="do-emil")),
    "board": ("CabSeries", lambda: a_cab_series("staff", id="b-all")),
    "meeting": ("CabMeeting", lambda: a_cab_meeting("b-all", "c-emil", id="m-all")),
    "configuration item": ("ConfigurationItem", lambda: a_ci(id="x-all", name="x-all")),
    "relation": ("Relation", lambda: a_relation("x-all", "web", id="r-all")),
    "redundancy group": ("RedundancyGroup", lambda: a_group(["x-all"], ["web"], id="g-all")),
}


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with open_place(tmp_path) as opened:
        await opened.holds(
            a_person(id="cora", name="Cora", organisation="Acme"),
            a_person(id="cleo", name="Cleo", organisation="Acme"),
            a_person(id="emil", name="Emil", organisation="Elsewhere"),
            a_person(id="staff", name="Staff"),
        )
        await opened.holds(a_team("staff", id="team"), a_class(name="server"))
        await opened.holds(a_ci(id="web", name="web"))
        for person in PERSONS:
            for role in Role:
                await opened.account(f"{role.value}-{person}", role, person)
        yield opened


async def heard_by(socket: Socket) -> list[tuple[str, dict[str, Any]]]:
    """Return the events that have come before the last, which everyone hears, with the feed they came by."""
    events: list[tuple[str, dict[str, Any]]] = []
    while True:
        message = await socket.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        event = message["payload"]["data"][message["id"]]
        if subject_of(event)["id"] == gid("ConfigurationItem", "web"):
            return events
        events.append((message["id"], event))


async def test_everyone_hears_exactly_of_what_they_may_read_and_of_nothing_else(place: Place) -> None:
    table: dict[str, dict[str, list[str]]] = {}
    async with AsyncExitStack() as stack:
        sockets: dict[tuple[Role, str | None], Socket] = {}
        for person in PERSONS:
            for role in Role:
                socket = await stack.enter_async_context(connected(place, f"{role.value}-{person}"))
                sockets[role, person] = socket
                for feed in FEED_OF:
                    text = f"subscription {{ {feed} {{ id cursor actor {{ name }} note {BELOW[feed]} }} }}"
                    await socket.follow(text, key=feed)
        for _, record in RECORDS.values():
            await place.holds(record())
        await place.does("ci.updated", a_ci(id="web"), site="the last")
        for (role, person), socket in sockets.items():
            events = await heard_by(socket)
            read = await readable(place, f"{role.value}-{person}")
            assert {name for name in read if read[name]} == {name_of(event) for _, event in events}
            for _, event in events:
                assert subject_of(event) == read[name_of(event)], (role, person)
            said = orjson.dumps(events).decode()
            for name, (type_name, record) in RECORDS.items():
                if not read[name]:
                    hidden = record()
                    names = {gid(type_name, hidden.id), getattr(hidden, "title", hidden.id)}
                    assert not any(word in said for word in names), (role, person, name)
            heard = [name_of(event) for _, event in events]
            table.setdefault(role.value, {})[str(person)] = [name for name in RECORDS if name in heard]
    assert table == json.loads(BASELINE.read_text(encoding="utf-8"))


def subject_of(event: dict[str, Any]) -> dict[str, Any]:
    """Return the record that an event shows."""
    shown = [event[name] for name in ("ticket", "change", "meeting", "subject", "board") if event.get(name)]
    subject: dict[str, Any] = shown[0]
    return subject


def name_of(event: dict[str, Any]) -> str:
    """Return which of the records an event is about."""
    ids = {gid(type_name, record().id): name for name, (type_name, record) in RECORDS.items()}
    return ids[subject_of(event)["id"]]


async def readable(place: Place, token: str) -> dict[str, Any]:
    """Return what the token reads of each record, None for what it does not see."""
    found: dict[str, Any] = {}
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        for name, (type_name, record) in RECORDS.items():
            text = f'{{ node(id: "{gid(type_name, record().id)}") {{ {NODE} }} }}'
            answer = (await client.post(place.http, json={"query": text})).json()
            assert "errors" not in answer, answer
            found[name] = answer["data"]["node"]
    return found
