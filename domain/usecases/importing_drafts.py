"""What an import takes in and what becomes of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from domain.kernel.errors import Issue


class Kind(StrEnum):
    """What a draft is of; the words of `headwater import --kind`."""

    PEOPLE = "people"
    TEAMS = "teams"
    CIS = "cis"
    RELATIONS = "relations"
    GROUPS = "groups"
    INCIDENTS = "incidents"
    PROBLEMS = "problems"
    CHANGES = "changes"
    WINDOWS = "windows"


@dataclass(frozen=True, slots=True)
class Draft:
    """What one input says of one record: field of the record to value; nothing is said of absent fields.

    A reference is still a word: an external id, a number, a name or an id. `faults` are what could not be read,
    `lines` where the input says it, counted from 1. A stub only makes known that there is such a record: one that is
    there already stays as it is.
    """

    kind: Kind
    values: Mapping[str, Any]
    lines: tuple[int, ...] = ()
    faults: tuple[Issue, ...] = ()
    is_stub: bool = False


class Saved(StrEnum):
    """What an accepted draft did to the record."""

    CREATED = "CREATED"
    UPDATED = "UPDATED"
    UNCHANGED = "UNCHANGED"
    KNOWN = "KNOWN"
    """A stub of a record that was there: nothing was said, nothing is counted."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Why a draft was not accepted."""

    issues: tuple[Issue, ...]


Outcome: TypeAlias = Saved | Rejected
