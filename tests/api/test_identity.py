"""Who asks: people who signed in at a provider, over real HTTP; what is not theirs is refused and says why."""

import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import OctKey, RSAKey

from api.auth import ProviderUnavailableError, UnauthenticatedError
from api.oidc import KEYS_KEPT, REFRESH_PAUSE, Provider, ProviderKeys
from api.settings import ApiSettings
from domain.kernel.actor import Role
from domain.kernel.errors import InvalidInput
from domain.kernel.time import FixedClock
from tests.api.identity_provider import AUDIENCE, IdentityProvider, identity_provider
from tests.api.server import Server, open_server
from tests.builders import MONDAY, a_person, saved

ME = "{ viewer { name roles person { name email } } }"


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider() as running:
        yield running


@pytest.fixture
async def server(tmp_path: Path, provider: IdentityProvider) -> AsyncIterator[Server]:
    settings = ApiSettings(
        oidc_issuer=provider.issuer,
        oidc_roles={"cab": [Role.CAB_MEMBER], "desk": [Role.SERVICE_DESK, Role.SUPPORT]},
    )
    async with open_server(tmp_path, settings) as opened:
        yield opened


async def asked(server: Server, token: str, text: str = ME) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await server.client.post("/graphql", json={"query": text}, headers=headers)


async def viewer(server: Server, token: str) -> Any:
    response = await asked(server, token)
    assert response.status_code == 200, response.text
    return response.json()["data"]["viewer"]


async def test_whoever_signs_in_first_becomes_a_person_in_the_roles_of_their_groups(
    server: Server, provider: IdentityProvider
) -> None:
    token = provider.token(groups=["/cab", "choir"])
    assert await viewer(server, token) == {
        "name": "Ada Lind",
        "roles": ["CAB_MEMBER", "REQUESTER"],
        "person": {"name": "Ada Lind", "email": None},
    }
    assert (await viewer(server, provider.token(groups=[])))["roles"] == ["REQUESTER"]
    people = await server.ask("{ people { totalCount } }")
    assert people.json()["data"]["people"]["totalCount"] == 1


@pytest.mark.parametrize(("is_confirmed", "number"), [(True, 1), (False, 2)])
async def test_a_confirmed_address_leads_to_the_person_who_is_there(
    server: Server, provider: IdentityProvider, is_confirmed: bool, number: int
) -> None:
    known = a_person(id="ada", name="Ada", email="ada@example.org", roles=[Role.CHANGE_MANAGER])
    await saved(server.runtime.ports.work, known)
    token = provider.token(email="ada@example.org", email_verified=is_confirmed)
    roles = (await viewer(server, token))["roles"]
    assert ("CHANGE_MANAGER" in roles) is is_confirmed
    people = await server.ask("{ people { totalCount } }")
    assert people.json()["data"]["people"]["totalCount"] == number


async def test_whoever_has_left_is_not_let_in(server: Server, provider: IdentityProvider) -> None:
    subject = f"{provider.issuer}#ada-1"
    await saved(server.runtime.ports.work, a_person(id="ada", subject=subject, is_active=False))
    response = await asked(server, provider.token())
    assert response.status_code == 401
    assert "no longer belongs" in response.json()["errors"][0]["message"]


def signed_with_the_public_key(provider: IdentityProvider) -> str:
    """A token whose signature is a hash keyed with what everybody knows: libraries refuse to make one."""
    claims = provider.token().split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": provider.keys[0].kid}).encode())
    signed = f"{header.decode().rstrip('=')}.{claims}"
    digest = hmac.digest(provider.keys[0].as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def forged(provider: IdentityProvider) -> dict[str, str]:
    """Tokens that are not good, by what is wrong with them."""
    now = int(time.time())
    stranger = RSAKey.generate_key(2048, {"kid": provider.keys[0].kid})
    return {
        "audience": provider.token(aud="another"),
        "no audience": provider.token(aud=None),
        "issuer": provider.token(iss="https://elsewhere.example"),
        "expired": provider.token(exp=now - 60),
        "no end": provider.token(exp=None),
        "not yet": provider.token(nbf=now + 600),
        "no subject": provider.token(sub=None),
        "signature": provider.token(key=stranger),
        "algorithm": provider.token(algorithm="RS512"),
        "public key as a secret": signed_with_the_public_key(provider),
        "shared key of the list": provider.token(
            key=OctKey.import_key("secret-secret-secret-secret-0123"), algorithm="HS256", kid="shared"
        ),
        "unknown key": provider.token(kid="nobody"),
        "unsigned": ".".join([*provider.token().split(".")[:2], ""]),
        "nonsense": "a.b.c",
    }


async def test_a_token_that_is_not_for_this_api_is_refused_and_makes_nobody(
    server: Server, provider: IdentityProvider
) -> None:
    assert (await asked(server, provider.token(sub="good"))).status_code == 200
    for what, token in forged(provider).items():
        response = await asked(server, token)
        assert response.status_code == 401, what
        assert 'error="invalid_token"' in response.headers["www-authenticate"]
        assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    people = await server.ask("{ people { totalCount } }")
    assert people.json()["data"]["people"]["totalCount"] == 1


async def test_leeway_forgives_a_clock_that_is_off_by_seconds(server: Server, provider: IdentityProvider) -> None:
    now = int(time.time())
    assert (await asked(server, provider.token(exp=now - 5, nbf=now + 5, iat=now + 5))).status_code == 200


async def test_keys_are_fetched_once_for_many_tokens(server: Server, provider: IdentityProvider) -> None:
    for number in range(5):
        assert (await asked(server, provider.token(sub=f"person-{number}"))).status_code == 200
    assert provider.asked == ["/.well-known/openid-configuration", "/keys"]


async def test_while_the_provider_is_down_nobody_new_is_known_and_accounts_go_on(
    server: Server, provider: IdentityProvider
) -> None:
    provider.is_down = True
    response = await asked(server, provider.token())
    assert (response.status_code, response.headers["retry-after"]) == (503, "30")
    assert response.json()["errors"][0]["extensions"]["code"] == "IDENTITY_PROVIDER_UNAVAILABLE"
    assert (await server.ask("{ viewer { name } }")).status_code == 200


def keys_of(provider: IdentityProvider) -> tuple[ProviderKeys, FixedClock]:
    clock = FixedClock(MONDAY)
    return ProviderKeys(Provider(provider.issuer, AUDIENCE), clock), clock


async def test_a_turned_key_is_found_and_unknown_ones_do_not_flood_the_provider(provider: IdentityProvider) -> None:
    keys, clock = keys_of(provider)
    old = provider.keys[0].kid
    await keys.key_of(old)
    provider.turn_keys()
    new = provider.keys[0].kid
    with pytest.raises(UnauthenticatedError):
        await keys.key_of(new)
    assert len(provider.asked) == 2, "asked again before its time"
    clock.advance(REFRESH_PAUSE)
    assert (await keys.key_of(new)).kid == new
    for number in range(20):
        with pytest.raises(UnauthenticatedError):
            await keys.key_of(f"guess-{number}")
    assert len(provider.asked) == 4
    with pytest.raises(UnauthenticatedError):
        await keys.key_of(old)


async def test_known_keys_outlast_a_provider_that_is_down_for_a_day(provider: IdentityProvider) -> None:
    keys, clock = keys_of(provider)
    known = provider.keys[0].kid
    await keys.key_of(known)
    provider.is_down = True
    clock.advance(timedelta(hours=23))
    assert (await keys.key_of(known)).kid == known
    clock.advance(KEYS_KEPT)
    with pytest.raises(ProviderUnavailableError):
        await keys.key_of(known)
    provider.is_down = False
    clock.advance(REFRESH_PAUSE)
    assert (await keys.key_of(known)).kid == known


@pytest.mark.parametrize(
    ("issuer", "algorithms"),
    [
        ("http://idp.example", {"RS256"}),
        ("ftp://127.0.0.1", {"RS256"}),
        ("https://idp.example", {"HS256"}),
        ("https://idp.example", {"none"}),
        ("https://idp.example", set()),
    ],
)
def test_what_could_not_be_safe_is_not_even_configured(issuer: str, algorithms: set[str]) -> None:
    with pytest.raises(InvalidInput, match="HEADWATER_OIDC"):
        Provider(issuer, AUDIENCE, frozenset(algorithms))
