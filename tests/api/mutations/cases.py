"""The shape of a case: one mutation, a right input, and wrong inputs by the fields they must name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.ids import encode_id as gid

Given = dict[str, Any]
NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A mutation, the event it leaves, a right input, and what makes it wrong: fields to what is given instead.

    Fields at fault are told as `a.0.b`, several of them apart by blanks. The first field of the input names the record
    that is acted on, unless the act begins one.
    """

    mutation: str
    event: str
    right: Given | None
    wrong: Mapping[str, Given] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """The field that names the record acted on."""
        return next(iter(self.right or {}))


def seen(type_name: str, record_id: str, key: str | None = None, **rest: Any) -> Given:
    """Return an input that names a record at version 1."""
    name = key or f"{type_name[0].lower()}{type_name[1:]}Id"
    return {name: gid(type_name, record_id), "expectedVersion": 1, **rest}


def nobody(type_name: str = "Person") -> str:
    """Return the id of a record that is not there."""
    return gid(type_name, NOTHING)
