"""`headwater graph`: the projection into Neo4j: where it stands, built anew, compared with the record."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated

import typer

from api.cli.output import complain, print_json, say, table
from api.cli.session import DatabaseOption, JsonOption, opened, run
from domain.kernel.errors import InvalidInput
from domain.store.images import SqlImages
from graph.neo4j_graph import Place
from graph.rebuild import rebuild as build
from graph.server import GraphServer, GraphUnavailable
from graph.sql_graph import SqlGraph
from graph.verify import Verification
from graph.verify import verify as compare
from workers.runtime import Runtime

DIFFERENT = 1
SHOWN_DIFFERENCES = 20
SECONDS_BETWEEN_LINES = 1.0

app = typer.Typer(name="graph", no_args_is_help=True, help="The projection of the estate into Neo4j.")


@dataclass(frozen=True, slots=True)
class Status:
    """How far the graph has come, and how far the log."""

    generation: int
    position: int
    head: int
    lag: int


@app.command("status")
def status(is_json: JsonOption = False, database: DatabaseOption = None) -> None:
    """Say which generation serves and how many events it is behind the log."""
    found = run(_status(database))
    if is_json:
        print_json(found)
    else:
        say(f"Generation {found.generation} at position {found.position}, {found.lag} behind the log at {found.head}.")


@app.command("rebuild")
def rebuild(database: DatabaseOption = None) -> None:
    """Build the graph anew from the record, beside the one that serves; broken off, it goes on when called again."""
    place = run(_rebuild(database))
    say(f"Generation {place.generation} serves, at position {place.position}.")


@app.command("verify")
def verify(
    is_json: JsonOption = False,
    walks: Annotated[int, typer.Option(min=0, help="Walks to compare with those over the tables.")] = 20,
    database: DatabaseOption = None,
) -> None:
    """Compare the graph with the record, every subject of it; status 1 when something differs."""
    found = run(_verify(database, walks))
    if is_json:
        print_json(found)
    else:
        _print(found)
    if found.differences:
        raise typer.Exit(DIFFERENT)


@asynccontextmanager
async def _projected(database: str | None) -> AsyncIterator[tuple[Runtime, GraphServer]]:
    """Yield the runtime and its Neo4j server; `InvalidInput` when none is named or it does not answer."""
    async with opened(database) as runtime:
        if runtime.graphs.server is None:
            raise InvalidInput.at("HEADWATER_NEO4J_URL", "names no Neo4j server: impact is walked without one")
        try:
            yield runtime, runtime.graphs.server
        except GraphUnavailable as unavailable:
            raise InvalidInput.at("HEADWATER_NEO4J_URL", f"the graph cannot be used: {unavailable}") from unavailable


async def _status(database: str | None) -> Status:
    async with _projected(database) as (runtime, _):
        place = await _place(runtime)
        head = await runtime.log.head()
        return Status(place.generation, place.position, head, head - place.position)


async def _place(runtime: Runtime) -> Place:
    if runtime.graphs.neo4j is None:
        raise GraphUnavailable("no server")
    return await runtime.graphs.neo4j.place()


async def _rebuild(database: str | None) -> Place:
    shown_at = 0.0

    def show(subject: str, done: int) -> None:
        nonlocal shown_at
        if time.monotonic() - shown_at > SECONDS_BETWEEN_LINES:
            shown_at = time.monotonic()
            complain(f"{subject.replace('_', ' ')}: {done:,}")

    async with _projected(database) as (runtime, server):
        while await runtime.log.number():
            pass
        await build(server, runtime.log, SqlImages(runtime.database), show)
        return await _place(runtime)


async def _verify(database: str | None, walks: int) -> Verification:
    async with _projected(database) as (runtime, server):
        while await runtime.log.number():
            pass
        return await compare(
            server,
            runtime.log,
            SqlImages(runtime.database),
            SqlGraph(runtime.database.reader),
            as_of=runtime.ports.clock.now(),
            walks=walks,
        )


def _print(found: Verification) -> None:
    rows = [
        (
            sums.subject_type.replace("_", " "),
            f"{sums.in_record:,}",
            f"{sums.in_graph:,}",
            f"{sums.record_sum:016x}",
            f"{sums.graph_sum:016x}",
        )
        for sums in found.sums
    ]
    columns = ("class", "record", "graph", "checksum", "of the graph")
    table(f"At position {found.position}", columns, rows, right=("record", "graph"))
    say(f"{found.walks} walks compared with those over the tables.")
    for difference in found.differences[:SHOWN_DIFFERENCES]:
        say(f"{difference.subject_type} {difference.id}: {difference.what}")
    say(f"{len(found.differences)} differences." if found.differences else "No difference.")
