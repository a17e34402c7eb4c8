"""Who asks: the bearer token of a service account, or of a person who signed in at the identity provider."""

import asyncio
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.actor import Identity
from domain.kernel.time import Clock
from domain.people.rules import token_hash

_SCHEME = "bearer "
RECHECK_SECONDS = 30.0
"""How long after a token was revoked a connection that was opened with it may stay open."""


class UnauthenticatedError(Exception):
    """The token stands for nobody; the reason is for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ProviderUnavailableError(Exception):
    """The identity provider does not answer, and its keys are not known."""


class Accounts(Protocol):
    """The accounts of programs."""

    async def identity_of(self, token_hash: str) -> Identity | None:
        """Return whom the account's token with this SHA-256 stands for, None when it is good for nobody."""
        ...


class SignedTokens(Protocol):
    """The tokens of an identity provider."""

    async def identity_of(self, token: str) -> Identity:
        """Return whom a signed token stands for; `UnauthenticatedError` says why it stands for nobody."""
        ...


@dataclass(frozen=True, slots=True)
class Authenticator:
    """Tells who asks by the `Authorization` they send, over HTTP as over a WebSocket."""

    accounts: Accounts
    clock: Clock
    signed_tokens: SignedTokens | None = None

    async def identity_of(self, authorization: str | None) -> Identity:
        """Return whom an `Authorization` header stands for; `UnauthenticatedError` for nobody."""
        if authorization is None or not authorization.lower().startswith(_SCHEME):
            raise UnauthenticatedError("Send 'Authorization: Bearer TOKEN'.")
        token = authorization[len(_SCHEME) :].strip()
        if self.signed_tokens is not None and token.count(".") == 2:
            return await self.signed_tokens.identity_of(token)
        identity = await self.accounts.identity_of(token_hash(token))
        if identity is None:
            raise UnauthenticatedError("The token is unknown, has expired or was revoked.")
        return identity

    async def until_ended(self, authorization: str | None) -> str:
        """Return why the token is good no longer, once it is not: what a long connection waits for beside its work."""
        while True:
            try:
                identity = await self.identity_of(authorization)
            except UnauthenticatedError as ended:
                return ended.reason
            except ProviderUnavailableError:
                await asyncio.sleep(RECHECK_SECONDS)
                continue
            await asyncio.sleep(self._seconds_to_next_look(identity))

    def _seconds_to_next_look(self, identity: Identity) -> float:
        if identity.expires_at is None:
            return RECHECK_SECONDS
        left = (identity.expires_at - self.clock.now()).total_seconds()
        return min(max(left, 0.05), RECHECK_SECONDS)
