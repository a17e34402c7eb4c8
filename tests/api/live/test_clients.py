"""A client that others wrote asks, acts, follows, breaks off and goes on: gql over HTTP and `graphql-transport-ws`."""

import asyncio
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportError, TransportQueryError
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

from tests.api.live.place import SECONDS, Place
from tests.builders import an_incident

REFUSED = {"code": "INVALID_INPUT"}
TEXT = """subscription ($after: String) {
  ticketEvents(after: $after) { cursor version ticket { ... on Incident { number } } } }"""


def transport(place: Place, token: str = "desk") -> WebsocketsTransport:
    return WebsocketsTransport(
        url=place.ws,
        init_payload={"authorization": f"Bearer {token}"},
        subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
    )


async def test_it_follows_breaks_off_and_goes_on(place: Place) -> None:
    record = an_incident(id="inc", number="INC0000001")
    await place.holds(record)
    start = place.feed.key.cursor(place.feed.position)
    await place.does("incident.updated", record)
    versions, cursor = [], start
    for _ in range(3):
        async with Client(transport=transport(place)) as session:
            query = gql(TEXT)
            query.variable_values = {"after": cursor}
            async with asyncio.timeout(SECONDS):
                async for answer in session.subscribe(query):
                    cursor = answer["ticketEvents"]["cursor"]
                    versions.append(answer["ticketEvents"]["version"])
                    break
        await place.does("incident.updated", record)
    assert versions == [2, 3, 4]


async def test_queries_and_refusals_go_over_the_same_socket(place: Place) -> None:
    async with Client(transport=transport(place)) as session:
        assert await session.execute(gql("{ viewer { name } }")) == {"viewer": {"name": "desk"}}
        with pytest.raises(TransportQueryError, match="Cannot query field"):
            await session.execute(gql("{ nothing }"))
        query: Any = gql(TEXT)
        query.variable_values = {"after": "made up"}
        with pytest.raises(TransportQueryError, match="is not a cursor"):
            async for _ in session.subscribe(query):
                pass


async def test_it_reads_the_schema_asks_acts_and_is_refused_over_http(place: Place) -> None:
    over_http = HTTPXAsyncTransport(url=place.http, headers={"Authorization": "Bearer root"})
    async with Client(transport=over_http, fetch_schema_from_transport=True) as session:
        assert await session.execute(gql("{ viewer { roles } }")) == {"viewer": {"roles": ["ADMINISTRATOR"]}}
        act = """mutation ($title: String!) { problemRaise(input: { title: $title }) {
          ... on ProblemRaiseSuccess { problem { title } } ... on UserError { code } } }"""
        for title, outcome in (("Batch ends late", {"problem": {"title": "Batch ends late"}}), ("", REFUSED)):
            raising = gql(act)
            raising.variable_values = {"title": title}
            assert await session.execute(raising) == {"problemRaise": outcome}
        with pytest.raises(TransportQueryError, match="must lie between 0 and 100"):
            await session.execute(gql("{ people(first: 101) { nodes { id } } }"))


async def test_a_token_that_is_good_for_nothing_is_refused(place: Place) -> None:
    with pytest.raises((TransportError, TransportConnectionFailed)):
        async with Client(transport=transport(place, "nobody")):
            pass
