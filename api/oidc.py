"""Tokens that an OpenID Connect provider signed: its keys fetched and kept, its claims checked, its groups mapped.

The one module of the server that calls another system (ADR 0041): a key must be there before a request is answered.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from api.auth import ProviderUnavailableError, UnauthenticatedError
from domain.kernel.actor import Actor, Identity, Role
from domain.kernel.errors import InvalidInput
from domain.kernel.time import Clock

ASYMMETRIC = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Algorithms with a public key; a provider's public key must never be taken for a shared secret."""
PUBLIC_KEY_TYPES = frozenset({"RSA", "EC", "OKP"})
MOST_BYTES = 1_000_000
"""Most bytes that a provider may answer with."""
FETCH_SECONDS = 5.0
KEYS_FRESH = timedelta(minutes=10)
REFRESH_PAUSE = timedelta(seconds=30)
"""Least time between two fetches: unknown key ids are free for anybody to send."""
KEYS_KEPT = timedelta(hours=24)
"""How long known keys are good while the provider does not answer."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Provider:
    """What is expected of the tokens of a provider, and what its groups mean here."""

    issuer: str
    audience: str
    algorithms: frozenset[str] = frozenset({"RS256", "PS256", "ES256", "EdDSA"})
    leeway_seconds: int = 30
    groups_claim: str = "groups"
    roles_of_groups: Mapping[str, Sequence[Role]] = field(default_factory=dict)
    roles_of_everyone: frozenset[Role] = frozenset({Role.REQUESTER})

    def __post_init__(self) -> None:
        """Refuse what could not be safe: a shared secret as a key, an issuer whose answers anybody may change."""
        if not self.algorithms or not self.algorithms <= ASYMMETRIC:
            raise InvalidInput.at("HEADWATER_OIDC_ALGORITHMS", f"must be among {', '.join(sorted(ASYMMETRIC))}")
        address = urlsplit(self.issuer)
        if address.scheme != "https" and not (address.scheme == "http" and is_loopback(address.hostname)):
            raise InvalidInput.at("HEADWATER_OIDC_ISSUER", "must be an https address")


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address is this machine alone."""
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False


class People(Protocol):
    """The people of the record, by what the provider calls them."""

    async def person_of(self, subject: str, roles: frozenset[Role]) -> Actor | None:
        """Return the person as an actor in these roles and their own, None when nobody here is called so."""
        ...


Provision = Callable[[str, str, str | None], Awaitable[str]]
"""Takes subject, name and confirmed address of somebody who is new here; returns the id of their person."""


class ProviderKeys:
    """The public keys of a provider: fetched when first needed, again when they are old or an unknown one is met."""

    def __init__(self, provider: Provider, clock: Clock) -> None:
        self._provider, self._clock = provider, clock
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = datetime.min.replace(tzinfo=UTC)
        self._fetching = asyncio.Lock()

    async def key_of(self, key_id: str | None) -> Any:
        """Return the key with the id; `UnauthenticatedError` when the provider has none of that name."""
        now = self._clock.now()
        keys = self._keys
        if keys is None or now - self._fetched_at > KEYS_FRESH or not _has(keys, key_id):
            keys = await self._refreshed()
        try:
            return keys.get_by_kid(key_id)
        except InvalidKeyIdError as unknown:
            raise UnauthenticatedError("The token is signed with a key that the provider does not have.") from unknown

    async def _refreshed(self) -> KeySet:
        async with self._fetching:
            now = self._clock.now()
            if now - self._tried_at >= REFRESH_PAUSE:
                self._tried_at = now
                try:
                    self._keys, self._fetched_at = await self._fetched(), now
                except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError) as failed:
                    log.warning("identity provider", issuer=self._provider.issuer, failure=repr(failed))
            if self._keys is None or now - self._fetched_at > KEYS_KEPT:
                raise ProviderUnavailableError(self._provider.issuer)
            return self._keys

    async def _fetched(self) -> KeySet:
        async with httpx.AsyncClient(timeout=FETCH_SECONDS, follow_redirects=False) as client:
            found = await _answer(client, f"{self._provider.issuer.rstrip('/')}/.well-known/openid-configuration")
            if found["issuer"] != self._provider.issuer:
                raise ValueError(f"calls itself {found['issuer']}")
            listed = (await _answer(client, found["jwks_uri"]))["keys"]
        public = [key for key in listed if key.get("kty") in PUBLIC_KEY_TYPES and key.get("use") in (None, "sig")]
        return KeySet.import_key_set({"keys": public})


class OidcTokens:
    """The port `SignedTokens` over one provider and the people of the record."""

    def __init__(self, provider: Provider, keys: ProviderKeys, people: People, provision: Provision, clock: Clock):
        self._provider, self._keys, self._people, self._provision = provider, keys, people, provision
        self._clock = clock

    async def identity_of(self, token: str) -> Identity:
        """Return the person that a token of the provider names; one who is new here is taken into the record."""
        claims = await self._claims(token)
        subject = f"{self._provider.issuer}#{claims['sub']}"
        roles = self._roles(claims)
        actor = await self._people.person_of(subject, roles)
        if actor is None:
            await self._provision(subject, *_called(claims))
            actor = await self._people.person_of(subject, roles)
        if actor is None:
            raise UnauthenticatedError("The person no longer belongs to the organisation.")
        return Identity(actor, datetime.fromtimestamp(claims["exp"] + self._provider.leeway_seconds, UTC))

    async def _claims(self, token: str) -> dict[str, Any]:
        provider = self._provider
        try:
            header = jws.extract_compact(token.encode(errors="replace")).headers()
            if header.get("alg") not in provider.algorithms:
                raise UnauthenticatedError("The token is signed with an algorithm that is not accepted.")
            key = await self._keys.key_of(cast("str | None", header.get("kid")))
            claims = jwt.decode(token, key, algorithms=sorted(provider.algorithms)).claims
            jwt.JWTClaimsRegistry(
                now=lambda: int(self._clock.now().timestamp()),
                leeway=provider.leeway_seconds,
                iss={"essential": True, "value": provider.issuer},
                aud={"essential": True, "value": provider.audience},
                sub={"essential": True},
                exp={"essential": True},
            ).validate(claims)
        except ExpiredTokenError as expired:
            raise UnauthenticatedError("The token has expired.") from expired
        except (JoseError, ValueError) as malformed:
            raise UnauthenticatedError("The token is not one of the identity provider for this API.") from malformed
        return claims

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[Role]:
        groups: Any = claims
        for step in self._provider.groups_claim.split("."):
            groups = groups.get(step) if isinstance(groups, Mapping) else None
        mapped = self._provider.roles_of_groups
        named = [group for group in groups if isinstance(group, str)] if isinstance(groups, list) else []
        # Keycloak tells groups by their path.
        roles = (role for group in named for role in mapped.get(group.removeprefix("/"), ()))
        return self._provider.roles_of_everyone | frozenset(roles)


async def _answer(client: httpx.AsyncClient, address: str) -> Any:
    """Return the JSON at an address, unless it has no end."""
    async with client.stream("GET", address) as response:
        response.raise_for_status()
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise ValueError("answers without an end")
    return json.loads(body)


def _has(keys: KeySet, key_id: str | None) -> bool:
    return any(key.kid == key_id for key in keys) or (key_id is None and len(keys.keys) == 1)


def _called(claims: Mapping[str, Any]) -> tuple[str, str | None]:
    """Return name and confirmed address; an address that nobody confirmed must not lead to anybody's record."""
    name = claims.get("name") or claims.get("preferred_username") or claims["sub"]
    email = claims.get("email")
    is_confirmed = claims.get("email_verified") is True and isinstance(email, str)
    return str(name)[:200], email if is_confirmed else None
