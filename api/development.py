"""A login without a password, for whoever builds on this machine: in embedded mode and on loopback, or not at all."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.bodies import JSON, BadRequestError, json_body
from api.context import Backend
from api.http import json_response, refused
from api.oidc import is_loopback
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.errors import InvalidInput, Refusal
from domain.people.model import Person
from domain.usecases.accounts import create_service_account

TOKEN_LASTS = timedelta(hours=12)
MOST_BYTES = 10_000


def check_may_run(*, is_embedded: bool, host: str) -> None:
    """Refuse to run where anybody else could reach it."""
    if not is_embedded:
        raise InvalidInput.at("HEADWATER_DEVELOPMENT_LOGIN", "is for embedded mode: no Redis server may be named")
    if not is_loopback(host):
        raise InvalidInput.at("HEADWATER_DEVELOPMENT_LOGIN", f"needs a loopback address, not {host}")


async def log_in(request: Request) -> Response:
    """Answer `{"person": EXTERNAL_ID_OR_EMAIL, "role": ROLE}` with a token of twelve hours."""
    try:
        _check_is_local(request)
        given = await json_body(request, MOST_BYTES)
        return json_response({"token": await _token(request.app.state.backend, given)})
    except BadRequestError as bad:
        return refused(bad, JSON, request.state.request_id)
    except Refusal as refusal:
        return refused(BadRequestError(400, refusal.code, refusal.message), JSON, request.state.request_id)


def _check_is_local(request: Request) -> None:
    """Refuse what did not come from this machine, and what a page of another name sent through a browser on it."""
    server, client = request.scope.get("server"), request.client
    is_local = (
        server is not None
        and is_loopback(server[0])
        and client is not None
        and is_loopback(client.host)
        and is_loopback(request.url.hostname)
    )
    if not is_local:
        raise BadRequestError(403, "FORBIDDEN", "The development login answers on loopback alone.")


async def _token(backend: Backend, given: Any) -> str:
    if not isinstance(given, dict):
        raise InvalidInput.at("body", "must be an object with 'role' and perhaps 'person'")
    try:
        role = Role(given.get("role", Role.ADMINISTRATOR))
    except ValueError as unknown:
        raise InvalidInput.at("role", f"must be one of {', '.join(Role)}") from unknown
    person_id = None if given.get("person") is None else await _person(backend, str(given["person"]))
    issued = await create_service_account(
        backend.ports,
        SYSTEM,
        "development login",
        role,
        person_id,
        expires_at=backend.ports.clock.now() + TOKEN_LASTS,
    )
    return issued.token


async def _person(backend: Backend, reference: str) -> str:
    async with backend.ports.snapshot() as snapshot:
        for column in ("external_id", "email", "id"):
            found = await snapshot.find_all(Person, **{column: reference})
            if len(found) == 1:
                return found[0].id
    raise InvalidInput.at("person", f"no one person is '{reference}'")
