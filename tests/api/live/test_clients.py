"""A client that others wrote follows, breaks off and goes on: gql over `graphql-transport-ws`."""

import asyncio
from typing import Any

import pytest
from gql import Client, gql
from gql.transport.exceptions import TransportConnectionFailed, TransportError, TransportQueryError
from gql.transport.websockets import WebsocketsTransport

from tests.api.live.place import SECONDS, Place
from tests.builders import an_incident

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


async def test_a_token_that_is_good_for_nothing_is_refused(place: Place) -> None:
    with pytest.raises((TransportError, TransportConnectionFailed)):
        async with Client(transport=transport(place, "nobody")):
            pass
