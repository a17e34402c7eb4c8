"""The shape of a case: one business verb, done right and done wrong."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.kernel.actor import Actor
from domain.ports import Ports

Doing = Callable[[Ports, Actor, int], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A verb, the event it leaves, a right call, and wrong calls by the fields they must name.

    `seen` is the version the right call expects; None for a verb that expects none.
    """

    verb: Callable[..., Awaitable[Any]]
    event: str
    right: Doing
    wrong: Mapping[str, Doing] = field(default_factory=dict)
    seen: int | None = 1

    @property
    def name(self) -> str:
        return f"{self.verb.__module__.rsplit('.', 1)[-1]}.{self.verb.__name__}"
