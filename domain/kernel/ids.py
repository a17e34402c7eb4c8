"""Identifiers: opaque, sortable by birth, never parsed.

An id is 26 characters of Crockford's base 32: 48 bits of milliseconds, then 80 random bits. Ids sort by
birth, which keeps index pages warm and gives every "ties by id" rule of the engines a stable meaning.
"""

import random
import secrets
from collections.abc import Callable

from domain.kernel.time import Clock

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"

Ids = Callable[[], str]


def _encode(number: int, characters: int) -> str:
    digits = []
    for _ in range(characters):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return "".join(reversed(digits))


def random_ids(clock: Clock) -> Ids:
    """Return the source of ids for a running system."""
    return lambda: _encode(int(clock.now().timestamp() * 1000), 10) + _encode(secrets.randbits(80), 16)


def seeded_ids(seed: int, clock: Clock) -> Ids:
    """Return a source that yields the same ids for the same seed and clock: for the demo and for replays."""
    dice = random.Random(seed)  # noqa: S311 - reproducible on purpose, no secret
    return lambda: _encode(int(clock.now().timestamp() * 1000), 10) + _encode(dice.getrandbits(80), 16)


def random_token() -> str:
    """Return a bearer token with 256 random bits: shown once, kept as a hash only."""
    return f"hw_{secrets.token_urlsafe(32)}"
