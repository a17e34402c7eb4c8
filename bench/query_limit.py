"""The limit of the representative query: one statement returns the text of the answer, which is sent as it is."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def _global_id(type_name: str, alias: str) -> str:
    encoded = f"encode(convert_to('{type_name}:' || {alias}.id, 'UTF8'), 'base64')"
    return f"translate({encoded}, '+/=', '-_')"


STATEMENT = """
SELECT json_build_object('data', json_build_object('incidents', json_build_object('nodes', json_agg(node))))::text
FROM (
  SELECT json_build_object(
    'id', {incident}, 'number', number, 'title', title, 'description', description, 'state', i.state,
    'priority', priority, 'openedAt', opened_at, 'recordedAt', recorded_at, 'resolvedAt', resolved_at,
    'solution', solution, 'isRestricted', is_restricted, 'version', version,
    'assignee', (SELECT json_build_object('id', {person}, 'name', p.name) FROM person AS p WHERE p.id = i.assignee_id),
    'reporter', (SELECT json_build_object('id', {person}, 'name', p.name) FROM person AS p WHERE p.id = i.reporter_id),
    'configurationItems', json_build_object('nodes', (
      SELECT coalesce(json_agg(item), '[]') FROM (
        SELECT json_build_object('id', {ci}, 'name', c.name) AS item
        FROM incident_ci AS l JOIN ci AS c ON c.id = l.ci_id
        WHERE l.incident_id = i.id AND l.ended_at IS NULL ORDER BY c.id LIMIT 10) AS items)),
    'changeLinks', json_build_object('nodes', (
      SELECT coalesce(json_agg(link), '[]') FROM (
        SELECT json_build_object('type', l.type, 'recordedAt', l.recorded_at,
          'change', json_build_object('id', {change}, 'number', h.number)) AS link
        FROM incident_change_link AS l JOIN change AS h ON h.id = l.change_id
        WHERE l.incident_id = i.id AND l.ended_at IS NULL ORDER BY l.id LIMIT 3) AS links))
  ) AS node
  FROM incident AS i WHERE state = $1 ORDER BY priority, i.id LIMIT 50
) AS page
""".format(
    incident=_global_id("Incident", "i"),
    person=_global_id("Person", "p"),
    ci=_global_id("ConfigurationItem", "c"),
    change=_global_id("Change", "h"),
)


async def answer(request: Request) -> Response:
    state = orjson.loads(await request.body())["variables"]["state"]
    return Response(await request.app.state.pool.fetchval(STATEMENT, state), media_type="application/json")


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    settings = {"timezone": "UTC", "jit": "off"}
    async with asyncpg.create_pool(os.environ["DATABASE_URL"], max_size=20, server_settings=settings) as pool:
        app.state.pool = pool
        yield


def main() -> None:
    app = Starlette(routes=[Route("/graphql", answer, methods=["POST"])], lifespan=lifespan)
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="error")


if __name__ == "__main__":
    main()
