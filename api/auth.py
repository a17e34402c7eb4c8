"""Who asks: a bearer token of a service account. Tokens are random and kept as a hash only."""

import hashlib

from api.context import Accounts
from domain.kernel.actor import Actor

_SCHEME = "bearer "


def token_hash(token: str) -> str:
    """Return the SHA-256 under which a token is kept. A random token of 256 bits needs no salt."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).hexdigest()


async def authenticated(accounts: Accounts, authorization: str | None) -> Actor | None:
    """Return whom an `Authorization` header stands for; None when it is missing, malformed or unknown."""
    if authorization is None or not authorization.lower().startswith(_SCHEME):
        return None
    return await accounts.actor_of(token_hash(authorization[len(_SCHEME) :].strip()))
