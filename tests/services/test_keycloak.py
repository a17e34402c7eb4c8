"""Tokens of a real identity provider: a realm of its own, its groups, its keys as they turn, its clients, its end."""

import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jws

from api.live.rights import FORBIDDEN
from api.settings import ApiSettings
from domain.kernel.actor import Role
from tests.api.live.place import SECONDS, connected, open_place
from tests.api.server import Server, open_server

URL = os.environ["HEADWATER_TEST_KEYCLOAK_URL"]
HASTY_SECONDS = 4
"""How long tokens of the client `hasty` are good: long enough to sign in with, on a busy machine too."""
ME = "{ viewer { name roles person { name email } } }"


@dataclass
class Realm:
    """A realm made for one test, and how to sign in to it."""

    name: str
    administration: httpx.AsyncClient
    http: httpx.AsyncClient

    @property
    def issuer(self) -> str:
        return f"{URL}/realms/{self.name}"

    async def token(self, client: str = "headwater-desk") -> str:
        """Return an access token of Ada's, as a client of the realm gets it."""
        given = {"grant_type": "password", "client_id": client, "username": "ada", "password": "secret-of-ada"}
        answer = await self.http.post(f"{self.issuer}/protocol/openid-connect/token", data=given)
        token: str = answer.raise_for_status().json()["access_token"]
        return token

    async def turn_keys(self) -> None:
        """Let the realm sign with a new key from now on."""
        realm = (await self.administration.get("")).json()
        key = {
            "name": f"key-{secrets.token_hex(4)}",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm["id"],
            "config": {"priority": ["1000"], "enabled": ["true"], "active": ["true"], "algorithm": ["RS256"]},
        }
        (await self.administration.post("/components", json=key)).raise_for_status()


def mapper(name: str, kind: str, **config: str) -> dict[str, Any]:
    """A claim that a client's tokens carry."""
    given = {"access.token.claim": "true", **config}
    return {"name": name, "protocol": "openid-connect", "protocolMapper": kind, "config": given}


def client(name: str, audience: str, **attributes: str) -> dict[str, Any]:
    """A client whose tokens are for that audience."""
    return {
        "clientId": name,
        "attributes": attributes,
        "publicClient": True,
        "directAccessGrantsEnabled": True,
        "protocolMappers": [
            mapper("audience", "oidc-audience-mapper", **{"included.custom.audience": audience}),
            mapper("groups", "oidc-group-membership-mapper", **{"claim.name": "groups", "full.path": "true"}),
        ],
    }


def realm(name: str) -> dict[str, Any]:
    """A realm with one person, two groups and three clients."""
    return {
        "realm": name,
        "enabled": True,
        "accessTokenLifespan": 300,
        "groups": [{"name": "cab"}, {"name": "choir"}],
        "clients": [
            client("headwater-desk", "headwater"),
            client("elsewhere", "another"),
            client("hasty", "headwater", **{"access.token.lifespan": str(HASTY_SECONDS)}),
        ],
        "users": [
            {
                "username": "ada",
                "firstName": "Ada",
                "lastName": "Lind",
                "email": "ada@example.org",
                "emailVerified": True,
                "enabled": True,
                "groups": ["/cab", "/choir"],
                "credentials": [{"type": "password", "value": "secret-of-ada", "temporary": False}],
            }
        ],
    }


@pytest.fixture
async def keycloak() -> AsyncIterator[Realm]:
    async with open_realm() as opened:
        yield opened


@asynccontextmanager
async def open_realm() -> AsyncIterator[Realm]:
    """Make a realm and delete it afterwards."""
    name = f"test-{secrets.token_hex(6)}"
    async with httpx.AsyncClient(timeout=60) as http:
        given = {
            "grant_type": "password",
            "client_id": "admin-cli",
            "username": os.environ["HEADWATER_TEST_KEYCLOAK_USER"],
            "password": os.environ["HEADWATER_TEST_KEYCLOAK_PASSWORD"],
        }
        answer = await http.post(f"{URL}/realms/master/protocol/openid-connect/token", data=given)
        headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}
        (await http.post(f"{URL}/admin/realms", json=realm(name), headers=headers)).raise_for_status()
        base = f"{URL}/admin/realms/{name}"
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=60) as administration:
            yield Realm(name, administration, http)
            await administration.delete("")


async def asked(server: Server, token: str) -> httpx.Response:
    return await server.client.post("/graphql", json={"query": ME}, headers={"Authorization": f"Bearer {token}"})


def settings(keycloak: Realm, **more: Any) -> ApiSettings:
    return ApiSettings(oidc_issuer=keycloak.issuer, oidc_roles={"cab": [Role.CAB_MEMBER]}, **more)


async def test_whoever_signs_in_is_a_person_in_the_roles_of_their_groups(
    tmp_path: Path, keycloak: Realm, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_server(tmp_path, settings(keycloak)) as server:
        token = await keycloak.token()
        answer = await asked(server, token)
        assert answer.json()["data"]["viewer"] == {
            "name": "Ada Lind",
            "roles": ["CAB_MEMBER", "REQUESTER"],
            "person": {"name": "Ada Lind", "email": "ada@example.org"},
        }
        other = await asked(server, await keycloak.token("elsewhere"))
        assert (other.status_code, other.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")

        await keycloak.turn_keys()
        turned = await keycloak.token()
        assert key_id(turned) != key_id(token)
        monkeypatch.setattr("api.oidc.REFRESH_PAUSE", timedelta())
        assert (await asked(server, turned)).status_code == 200
        assert (await asked(server, token)).status_code == 200, "the realm still tells of the key before"


def key_id(token: str) -> Any:
    return jws.extract_compact(token.encode()).headers()["kid"]


@pytest.mark.parametrize(
    "wrong",
    [{"oidc_audience": "nobody"}, {"oidc_algorithms": frozenset({"ES256"})}],
    ids=["audience", "algorithm"],
)
async def test_what_is_not_configured_is_not_taken(tmp_path: Path, keycloak: Realm, wrong: dict[str, Any]) -> None:
    async with open_server(tmp_path, settings(keycloak, **wrong)) as server:
        assert (await asked(server, await keycloak.token())).status_code == 401


async def test_a_realm_that_is_gone_leaves_nobody_known_and_accounts_as_they_are(
    tmp_path: Path, keycloak: Realm
) -> None:
    async with open_server(tmp_path, settings(keycloak)) as server:
        token = await keycloak.token()
        await keycloak.administration.delete("")
        gone = await asked(server, token)
        assert (gone.status_code, gone.json()["errors"][0]["extensions"]["code"]) == (
            503,
            "IDENTITY_PROVIDER_UNAVAILABLE",
        )
        assert (await server.ask("{ viewer { name } }")).status_code == 200


async def test_a_token_of_another_realm_and_one_of_an_unknown_key_are_refused(tmp_path: Path, keycloak: Realm) -> None:
    async with open_server(tmp_path, settings(keycloak)) as server, open_realm() as another:
        token = await keycloak.token()
        assert (await asked(server, token)).status_code == 200
        for foreign in (await another.token(), under_another_key(token)):
            refused = await asked(server, foreign)
            assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")


def under_another_key(token: str) -> str:
    """Return the token as if it were signed by a key that the realm does not have."""
    header = {**jws.extract_compact(token.encode()).headers(), "kid": "nobody"}
    encoded = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
    return ".".join([encoded, *token.split(".")[1:]])


async def test_a_subscription_ends_when_the_token_does(tmp_path: Path, keycloak: Realm) -> None:
    async with open_place(tmp_path, settings(keycloak, oidc_leeway_seconds=0)) as place:
        lasting, hasty = await keycloak.token(), await keycloak.token("hasty")
        async with connected(place, hasty) as ending, connected(place, lasting) as staying:
            for socket in (ending, staying):
                await socket.follow("subscription { ticketEvents { cursor } }")
            async with asyncio.timeout(SECONDS):
                assert await ending.close_code() == FORBIDDEN
            await staying.nothing_more()
