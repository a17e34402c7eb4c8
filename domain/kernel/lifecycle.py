"""A state machine is a table: (state, act) to the next state. Nothing else decides what may follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from domain.kernel.errors import InvalidTransition

State = TypeVar("State", bound=StrEnum)
Act = TypeVar("Act", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[State, Act]):
    """The transitions of one noun, e.g. a change."""

    noun: str
    transitions: Mapping[tuple[State, Act], State]

    def next(self, current: State, act: Act) -> State:
        """Return the state after the act; `InvalidTransition` names the acts that are possible."""
        following = self.transitions.get((current, act))
        if following is None:
            raise InvalidTransition(self.noun, current.value, act.value, [a.value for a in self.allowed(current)])
        return following

    def allowed(self, current: State) -> list[Act]:
        """Return the acts possible in a state, in the table's order."""
        return [act for state, act in self.transitions if state == current]
