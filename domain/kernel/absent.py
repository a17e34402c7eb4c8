"""Partial input: what is absent stays as it is, what is None is cleared (SCHEMA rule 4)."""

from dataclasses import fields
from enum import Enum
from typing import Any, Final, TypeAlias, TypeVar

Said = TypeVar("Said")


class Absent(Enum):
    """The type of `ABSENT`: nothing was said about the field."""

    ABSENT = "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = Absent.ABSENT
Maybe: TypeAlias = Said | Absent


def stated(facts: Any) -> dict[str, Any]:
    """Return what a dataclass of `Maybe` fields says: field to value, without the absent ones, text trimmed."""
    values = {field.name: getattr(facts, field.name) for field in fields(facts)}
    return {name: trimmed(value) for name, value in values.items() if value is not ABSENT}


def apply_facts(record: Any, facts: Any) -> None:
    """Set on the record what the facts say; its rules are asked afterwards, over the whole record."""
    for name, value in stated(facts).items():
        setattr(record, name, value)


def trimmed(value: Any) -> Any:
    """Return text without the blanks around it, anything else as it is."""
    return value.strip() if type(value) is str else value
