"""What an endpoint follows, as the JSON values it is stored as."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from domain.kernel.following import Feed, Follow


def as_stored(follow: Follow) -> dict[str, Any]:
    """Return a follow as JSON values; what asks nothing is left out."""
    told = {field.name: getattr(follow, field.name) for field in fields(follow) if field.name != "feed"}
    return {"feed": follow.feed.value} | {name: sorted(values) for name, values in told.items() if values is not None}


def from_stored(stored: Mapping[str, Any]) -> Follow:
    """Return the follow that was stored."""
    rest = {name: frozenset(values) for name, values in stored.items() if name != "feed"}
    return Follow(Feed(stored["feed"]), **rest)
