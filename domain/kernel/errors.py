"""Refusals people and programs can act on. Each becomes one member of a GraphQL result union."""

from collections.abc import Sequence
from dataclasses import dataclass


class Refusal(Exception):  # noqa: N818 - the product's word: an expected answer, not a fault of the program
    """Base of every expected refusal. `code` is stable; the message is written for the person who meets it."""

    code = "REFUSED"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Issue:
    """One fault of an input: the dotted path of the field and what is wrong with it."""

    path: str
    message: str


class InvalidInput(Refusal):
    """The input breaks rules; carries every fault found, each with the field it belongs to."""

    code = "INVALID_INPUT"

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues = tuple(issues)
        super().__init__("; ".join(f"{issue.path}: {issue.message}" for issue in self.issues))

    @classmethod
    def at(cls, path: str, message: str) -> "InvalidInput":
        """Return the refusal of one field."""
        return cls([Issue(path, message)])


class NotFound(Refusal):
    """No such thing for this actor: absent and invisible answer alike."""

    code = "NOT_FOUND"

    def __init__(self, noun: str, reference: str, path: str | None = None) -> None:
        self.noun, self.reference, self.path = noun, reference, path
        super().__init__(f"No {noun} '{reference}'.")


class Forbidden(Refusal):
    """The actor may see the thing but not do this to it."""

    code = "FORBIDDEN"

    def __init__(self, permission: str) -> None:
        self.permission = permission
        super().__init__(f"This needs the permission '{permission}'.")


class InvalidTransition(Refusal):
    """The lifecycle does not allow this act from the current state."""

    code = "INVALID_TRANSITION"

    def __init__(self, noun: str, current: str, requested: str, allowed: Sequence[str]) -> None:
        self.noun, self.current, self.requested, self.allowed = noun, current, requested, tuple(allowed)
        choices = ", ".join(self.allowed) or "nothing"
        super().__init__(f"The {noun} is {current}: {requested} is not possible, only {choices}.")


class StaleVersion(Refusal):
    """Somebody changed the thing since it was read."""

    code = "STALE_VERSION"

    def __init__(self, noun: str, expected: int, current: int) -> None:
        self.noun, self.expected, self.current = noun, expected, current
        super().__init__(f"The {noun} is at version {current}, not {expected}: read it again and repeat the act.")


class Collision(StaleVersion):
    """Another act on the same records got there first; this one was undone whole and is worth repeating at once."""

    def __init__(self) -> None:
        super().__init__("record", 0, 0)
        self.message = "Another act on the same records got there first: repeat this one."
        self.args = (self.message,)


class Duplicate(Refusal):
    """A value that must be unique is taken."""

    code = "DUPLICATE"

    def __init__(self, noun: str, path: str, value: str) -> None:
        self.noun, self.path, self.value = noun, path, value
        super().__init__(f"Another {noun} has the {path.replace('_', ' ')} '{value}'.")


class IdempotencyConflict(Refusal):
    """The key was used for another act within the last day."""

    code = "IDEMPOTENCY_CONFLICT"

    def __init__(self, key: str, message: str | None = None) -> None:
        self.key = key
        super().__init__(message or f"The key '{key}' was used with another input: take a new key for a new act.")


class TooLarge(Refusal):
    """The question reaches past a bound of the product; nothing partial is answered."""

    code = "TOO_LARGE"


class Overtaken(Exception):  # noqa: N818 - no fault either: it is tried again
    """Somebody else stored what an answer rests on while it was computed: nothing was written, compute it again."""
