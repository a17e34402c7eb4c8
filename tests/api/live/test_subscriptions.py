"""Following the log over a real port: who hears what, from where, in which order, and what one costs the other."""

import asyncio
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from api.ids import encode_id
from domain.kernel.actor import SYSTEM, Role
from domain.people.model import Team
from domain.store.tables.log import outbox
from tests.api.live.place import Place, connected, streaming
from tests.builders import (
    a_cab_meeting,
    a_cab_series,
    a_change,
    a_ci,
    a_class,
    a_problem,
    a_relation,
    a_service_account,
    an_incident,
)

TICKETS = """subscription ($where: TicketEventWhere, $after: String) { ticketEvents(where: $where, after: $after) {
  __typename id cursor occurredAt version
  ticket { __typename ... on Incident { number title } ... on Problem { number } } } }"""
CHANGES = """subscription ($where: ChangeEventWhere, $after: String) { changeEvents(where: $where, after: $after) {
  __typename cursor change { number state requester { name } } } }"""


def incident(**facts: Any) -> Any:
    return an_incident(**{"id": "inc", "number": "INC0000001", "reporter_id": "ben", "title": "Mail is slow"} | facts)


@pytest.mark.requirement("R010")
async def test_an_event_arrives_with_its_subject_as_it_left_it(place: Place) -> None:
    async with connected(place) as socket:
        await socket.follow(TICKETS)
        record = incident()
        await place.holds(record)
        await place.does("incident.updated", record, title="Mail is gone")
        await place.does("incident.resolved", record, title="Mail is back")
        events = [await socket.event() for _ in range(3)]
    assert [event["__typename"] for event in events] == ["TicketRecorded", "IncidentUpdated", "IncidentResolved"]
    assert [event["version"] for event in events] == [1, 2, 3]
    assert [event["ticket"]["title"] for event in events] == ["Mail is slow", "Mail is gone", "Mail is back"]
    assert len({event["id"] for event in events}) == len({event["cursor"] for event in events}) == 3


async def test_a_cursor_goes_on_from_the_log_and_then_live_without_gap_or_overlap(place: Place) -> None:
    record = incident()
    await place.holds(record)
    async with connected(place) as socket:
        await socket.follow(TICKETS)
        await place.does("incident.updated", record, title="0")
        cursor = (await socket.event())["cursor"]
    for number in range(1, 300):
        await place.does("incident.updated", record, title=str(number)) if number % 100 == 0 else None
    async with connected(place) as socket:
        following = asyncio.create_task(socket.follow(TICKETS, after=cursor))
        await place.does("incident.updated", record, title="live")
        await following
        titles = [(await socket.event())["ticket"]["title"] for _ in range(3)]
        await place.does("incident.updated", record, title="last")
        titles.append((await socket.event())["ticket"]["title"])
        await socket.nothing_more()
    assert titles == ["100", "200", "live", "last"]


async def test_a_cursor_from_before_what_the_log_holds_is_told_by_an_event(place: Place) -> None:
    record = incident()
    await place.holds(record)
    cursor = place.feed.key.cursor(1)
    async with place.runtime.database.writer.begin() as connection:
        await connection.execute(sa.delete(outbox).where(outbox.c.position <= 5))
    async with connected(place) as socket:
        await socket.follow(TICKETS, after=cursor)
        missed = await socket.event()
        assert (missed["__typename"], missed["ticket"]) == ("TicketEventsMissed", None)
        await place.does("incident.updated", record)
        assert (await socket.event())["__typename"] == "IncidentUpdated"
        again = await follow_error(socket, TICKETS, after="bm90IGEgY3Vyc29y")
        assert again["extensions"]["code"] == "INVALID_INPUT"


async def follow_error(socket: Any, text: str, **variables: Any) -> Any:
    await socket.follow(text, key="wrong", **variables)
    message = socket.heard.pop()
    assert message["type"] == "error", message
    return message["payload"][0]


async def test_each_hears_what_they_may_see_and_nothing_tells_of_the_rest(place: Place) -> None:
    names = ("desk", "tea", "root", "ben", "cyd")
    sockets = [await stack(place, name) for name in names]
    for socket, _ in sockets:
        await socket.follow("subscription { ticketEvents { cursor ticket { ... on Incident { number } } } }")
    await place.holds(incident())
    await place.holds(incident(id="secret", number="INC0000002", is_restricted=True, team_id="team"))
    await place.holds(incident(id="own", number="INC0000003", reporter_id="cyd"))
    await place.holds(a_problem(id="prb", number="PRB0000001"))
    heard: dict[str, list[Any]] = {}
    for name, (socket, _) in zip(names, sockets, strict=True):
        await socket.send(type="ping")
        events = []
        while (message := await socket.receive())["type"] != "pong":
            events.append(message["payload"]["data"]["ticketEvents"])
        heard[name] = [(event["ticket"] or {}).get("number") for event in events]
    for _, closing in sockets:
        await closing.__aexit__(None, None, None)
    assert heard == {
        "desk": ["INC0000001", "INC0000003", None],
        "tea": ["INC0000001", "INC0000002", "INC0000003", None],
        "root": ["INC0000001", "INC0000002", "INC0000003", None],
        "ben": ["INC0000001"],
        "cyd": ["INC0000003"],
    }


async def stack(place: Place, name: str) -> tuple[Any, Any]:
    closing = connected(place, name)
    return await closing.__aenter__(), closing


async def test_what_was_restricted_since_is_kept_from_those_who_follow_late(place: Place) -> None:
    record = incident()
    start = place.feed.key.cursor(place.feed.position)
    await place.holds(record)
    await place.does("incident.updated", record, title="Salaries of everyone", is_restricted=True)
    async with connected(place) as socket:
        await socket.follow(TICKETS, after=start)
        await place.holds(incident(id="other", number="INC0000009"))
        assert (await socket.event())["ticket"]["number"] == "INC0000009"
    async with connected(place, "root") as socket:
        await socket.follow(TICKETS, after=start)
        assert [(await socket.event())["ticket"]["number"] for _ in range(3)] == ["INC0000001"] * 2 + ["INC0000009"]


async def test_rights_change_while_one_listens(place: Place) -> None:
    record = incident(is_restricted=True, team_id="team", reporter_id="cyd")
    async with connected(place, "tea") as socket, connected(place, "ben") as other:
        await socket.follow(TICKETS)
        await other.follow(TICKETS)
        await place.holds(record)
        assert (await socket.event())["version"] == 1
        async with place.ports.work(SYSTEM) as work:
            team = await work.get(Team, "team")
            team.members[0].valid_to = work.now
            work.record("team.members_ended", team)
            await work.commit()
        await place.does("incident.updated", record)
        await socket.nothing_more()
        await place.does("service_account.changed", the_account("ben"), role=Role.AUDITOR)
        await place.holds(incident(id="second", number="INC0000002", reporter_id="cyd"))
        assert (await other.event())["ticket"]["number"] == "INC0000002"
        await place.does("service_account.revoked", the_account("ben"), token_hash="gone")
        assert await other.close_code() == 4403


def the_account(token: str) -> Any:
    return a_service_account(id=f"account-{token}", token_hash="x", role=Role.REQUESTER)


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ({"priority": {"lte": 1}}, ["INC0000001"]),
        ({"team": {"eq": encode_id("Team", "team")}}, ["INC0000002"]),
        ({"kind": {"eq": "PROBLEM"}}, ["PRB0000001"]),
        ({"ticket": {"in": [encode_id("Problem", "prb")]}}, ["PRB0000001"]),
        ({"type": {"in": ["INCIDENT_RESOLVED"]}}, ["INC0000001"]),
        ({"service": {"eq": encode_id("ConfigurationItem", "mail")}}, ["INC0000002"]),
        ({"neighbourhoodOf": {"eq": encode_id("BusinessService", "post")}}, ["INC0000002"]),
        ({"priority": {"eq": 1}, "kind": {"eq": "PROBLEM"}}, []),
    ],
)
async def test_only_what_was_asked_for_is_heard(place: Place, where: dict[str, Any], numbers: list[str]) -> None:
    await place.holds(a_class(), *[a_ci(id=name, name=name) for name in ("mail", "post", "away")])
    await place.holds(a_relation("post", "mail"))
    async with connected(place) as socket:
        await socket.follow(
            "subscription ($where: TicketEventWhere) { ticketEvents(where: $where) { ticket { "
            "... on Incident { number } ... on Problem { number } } } }",
            where=where,
        )
        one = incident(priority=1)
        await place.holds(one, an_incident("mail", id="two", number="INC0000002", team_id="team", priority=2))
        await place.holds(a_problem("away", id="prb", number="PRB0000001"))
        await place.does("incident.resolved", one)
        heard = [(await socket.event())["ticket"]["number"] for _ in numbers]
        if where == {"priority": {"lte": 1}}:
            await socket.event()
        await socket.nothing_more()
    assert heard == numbers


async def test_a_neighbourhood_is_kept_current(place: Place) -> None:
    await place.holds(a_class(), *[a_ci(id=name, name=name) for name in ("post", "disk", "away")])
    async with connected(place) as socket:
        await socket.follow(CHANGES, where={"neighbourhoodOf": {"eq": encode_id("BusinessService", "post")}})
        await place.holds(a_change("disk", id="c1", number="CHG0000001"))
        relation = a_relation("post", "disk", id="rel")
        await place.holds(relation)
        await place.holds(a_change("disk", id="c2", number="CHG0000002"), a_change("away", id="c3"))
        assert (await socket.event())["change"]["number"] == "CHG0000002"
        await socket.nothing_more()


async def test_changes_boards_and_configuration_have_feeds_of_their_own(place: Place) -> None:
    await place.holds(a_class(), a_ci(id="mail", name="mail"))
    async with connected(place) as socket:
        await socket.follow(CHANGES, key="changes")
        await socket.follow(
            "subscription { agendaEvents { __typename meeting { number } board { name } } }", key="agenda"
        )
        await socket.follow(
            "subscription { ciEvents { __typename subject { __typename ... on ConfigurationItem { name } } } }",
            key="ci",
        )
        change = a_change("mail", id="chg", number="CHG0000001", requester_id="ben")
        await place.holds(change)
        await place.does("change.approved", change)
        board = a_cab_series("ada", id="board", name="Board")
        await place.holds(board)
        await place.holds(a_cab_meeting("board", "chg", id="meeting", number="CAB0000001"))
        await place.does("ci.updated", a_ci(id="mail"), name="post")
        heard = [await socket.event() for _ in range(5)]
    assert heard[1]["__typename"] == "ChangeApproved"
    assert heard[1]["change"] == {"number": "CHG0000001", "state": "NEW", "requester": {"name": "ben"}}
    assert heard[2] == {"__typename": "AgendaRecorded", "meeting": None, "board": {"name": "Board"}}
    assert heard[3] == {
        "__typename": "AgendaRecorded",
        "meeting": {"number": "CAB0000001"},
        "board": {"name": "Board"},
    }
    assert heard[4] == {"__typename": "CiUpdated", "subject": {"__typename": "ConfigurationItem", "name": "post"}}


async def test_requesters_cannot_probe_how_things_hang_together(place: Place) -> None:
    async with connected(place, "ben") as socket:
        refusal = await follow_error(
            socket, CHANGES, where={"neighbourhoodOf": {"eq": encode_id("BusinessService", "x")}}
        )
        assert refusal["extensions"]["code"] == "FORBIDDEN"


async def test_equal_subscriptions_of_equal_rights_share_one_execution(place: Place) -> None:
    answers: list[Any] = []
    feed = place.feed
    answer = feed._answer

    async def counting(*arguments: Any) -> str:
        answers.append(arguments)
        return await answer(*arguments)

    feed._answer = counting
    sockets = [await stack(place, name) for name in ("desk", "desk", "tea", "tea", "audit", "root")]
    for number, (socket, _) in enumerate(sockets):
        await socket.follow(TICKETS, after=None if number else place.feed.key.cursor(place.feed.position))
    while feed.group_count() < 4:  # noqa: ASYNC110 - one of them begins in the log
        await asyncio.sleep(0.01)
    await place.holds(incident())
    for socket, _ in sockets:
        assert (await socket.event())["ticket"]["number"] == "INC0000001"
    assert len(answers) == 4, "one per role: desk, support, auditor, administrator"
    for _, closing in sockets:
        await closing.__aexit__(None, None, None)
    while feed.listeners:  # noqa: ASYNC110 - the server notices in its own time
        await asyncio.sleep(0.01)
    assert feed.group_count() == 0


async def test_what_depends_on_the_person_is_answered_for_each(place: Place) -> None:
    text = "subscription { changeEvents { change { viewerCan } } }"
    sockets = [await stack(place, name) for name in ("desk", "desk", "ben", "cyd")]
    for socket, _ in sockets:
        await socket.follow(text)
    assert place.feed.group_count() == 3
    for _, closing in sockets:
        await closing.__aexit__(None, None, None)


async def test_one_slow_reader_holds_nobody_and_misses_nothing(place: Place) -> None:
    record = incident(title="x")
    await place.holds(record)
    behind: list[Any] = []
    fall_behind = place.feed._fall_behind

    def noting(subscriber: Any) -> None:
        behind.append(subscriber)
        fall_behind(subscriber)

    place.feed._fall_behind = noting
    async with connected(place) as slow, connected(place) as quick:
        copies = " ".join(f"d{number}: description" for number in range(10))
        await slow.follow(f"subscription {{ ticketEvents {{ version ticket {{ ... on Incident {{ {copies} }} }} }} }}")
        await quick.follow(TICKETS)
        # The slow one reads nothing: what the sockets hold fills up, then its mailbox, then it goes on from the log.
        slow.connection.transport.pause_reading()
        for _ in range(320):
            async with place.ports.work(SYSTEM) as work:
                found = await work.get(type(record), "inc")
                found.description = "y" * 40_000
                work.record("incident.updated", found)
                await work.commit()
        await place.runtime.drain()
        assert [(await quick.event())["version"] for _ in range(320)] == list(range(2, 322))
        assert all(len(one.mailbox) <= 300 for one in place.feed.listeners)
        assert len(behind) == 1
        slow.connection.transport.resume_reading()
        assert [(await slow.event())["version"] for _ in range(320)] == list(range(2, 322))


async def test_a_stream_of_server_sent_events_goes_on_from_the_last_id(place: Place) -> None:
    record = incident()
    await place.holds(record)
    cursor = place.feed.key.cursor(place.feed.position)
    await place.does("incident.updated", record, title="while away")
    text = "subscription { ticketEvents { ticket { ... on Incident { title } } } }"
    async with streaming(place, text, headers={"Last-Event-ID": cursor}) as lines:
        seen = [await anext(lines) for _ in range(6)]
        assert seen[:3] == [":", "", "event: next"]
        assert seen[3] == f"id: {place.feed.key.cursor(place.feed.position)}"
        assert seen[4] == 'data: {"data":{"ticketEvents":{"ticket":{"title":"while away"}}}}'
        await place.does("incident.updated", record, title="live")
        rest = [await anext(lines) for _ in range(3)]
        assert rest[2] == 'data: {"data":{"ticketEvents":{"ticket":{"title":"live"}}}}'


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("{ viewer { name } }", 'data: {"data":{"viewer":{"name":"desk"}}'),
        ("subscription { ticketEvents { nothing } }", 'data: {"errors":[{"message":"Cannot query field'),
        ('subscription { ticketEvents(after: "x") { id } }', 'data: {"errors":[{"message":"after: is not a cursor'),
    ],
)
async def test_a_stream_answers_once_and_completes(place: Place, text: str, first: str) -> None:
    async with streaming(place, text) as lines:
        told = [line async for line in lines]
    if told[0] == ":":  # a comment that opens the stream
        told = told[2:]
    assert told[0] == "event: next"
    assert told[1].startswith(first)
    assert told[2:] == ["", "event: complete", "data:", ""]


async def test_who_accepts_json_gets_json_even_with_streams_beside_it(place: Place) -> None:
    accept = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"
    headers = {"Accept": accept, "Authorization": "Bearer desk"}
    async with httpx.AsyncClient(headers=headers) as client:
        plain = await client.post(place.http, json={"query": "{ viewer { name } }"})
        assert plain.json()["data"] == {"viewer": {"name": "desk"}}
        live = await client.post(place.http, json={"query": "subscription { ticketEvents { id } }"})
        assert (live.status_code, live.json()["errors"][0]["extensions"]["code"]) == (406, "NOT_ACCEPTABLE")
        nobody = await client.post(
            place.http,
            json={"query": "subscription { ticketEvents { id } }"},
            headers={"Accept": "text/event-stream", "Authorization": "Bearer nobody"},
        )
        assert nobody.status_code == 401
