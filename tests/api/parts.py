"""A server that answers in parts, and what a client of either draft makes of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import orjson

from api.settings import ApiSettings
from tests.api.server import Server, open_server
from tests.builders import a_change, a_ci, a_class, a_person, a_team, an_incident, saved

OLDER, NEWER = "multipart/mixed;deferSpec=20220824", "multipart/mixed;incrementalSpec=v0.2"


@asynccontextmanager
async def deferring(folder: Path) -> AsyncIterator[Server]:
    """Open a server that takes `@defer`, over a few records that refer to each other."""
    async with open_server(folder, ApiSettings(defer=True, cost_per_minute=0)) as opened:
        await hold(opened, 4)
        yield opened


async def hold(server: Server, number: int) -> None:
    """Hold so many people, items, incidents and changes that refer to each other."""
    work = server.runtime.ports.work
    people = [a_person(id=f"p{place}", name=f"Person {place}") for place in range(number)]
    await saved(work, a_class(), *people, a_team("p0", id="team"))
    await saved(work, *[a_ci(id=f"ci{place}", owner_id=f"p{place}") for place in range(number)])
    for place in range(number):
        await saved(work, an_incident(f"ci{place}", reporter_id=f"p{place}", team_id="team"))
        await saved(work, a_change(f"ci{place}", requester_id=f"p{place}", team_id="team"))


async def asked(server: Server, text: str, accept: str, **headers: str) -> httpx.Response:
    return await server.client.post("/graphql", json={"query": text}, headers={"Accept": accept, **headers})


def parts_of(text: str) -> list[dict[str, Any]]:
    """Return the parts of a multipart answer, which ends as it must."""
    opening, *parts, end = text.split("--graphql")
    assert (opening, end) == ("", "--\r\n")
    bodies = []
    for part in parts:
        head, body = part.removeprefix("\r\n").removesuffix("\r\n").split("\r\n\r\n")
        assert head == "content-type: application/json"
        bodies.append(orjson.loads(body))
    assert [body["hasNext"] for body in bodies] == [*[True] * (len(bodies) - 1), False]
    return bodies


def joined(parts: list[dict[str, Any]]) -> Any:
    """Return the data of an answer in parts, put together as clients of either draft do."""
    whole, pending = {"data": parts[0]["data"]}, {}
    for part in parts:
        pending |= {one["id"]: one["path"] for one in part.get("pending", ())}
        for one in part.get("incremental", ()):
            path = one["path"] if "path" in one else [*pending[one["id"]], *one.get("subPath", ())]
            place: Any = whole["data"]
            for step in path:
                place = place[step]
            merge(place, one["data"])
    done = {one["id"] for part in parts for one in part.get("completed", ())}
    assert done == pending.keys()
    return whole["data"]


def merge(target: dict[str, Any], more: dict[str, Any]) -> None:
    for name, value in more.items():
        if isinstance(value, dict) and isinstance(target.get(name), dict):
            merge(target[name], value)
        elif isinstance(value, list) and name in target:
            for place, item in enumerate(value):
                merge(target[name][place], item)
        else:
            target[name] = value


def errors_of(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    told = [one for part in parts[1:] for one in (*part.get("incremental", ()), *part.get("completed", ()))]
    return [error for one in told for error in one.get("errors", ())]
