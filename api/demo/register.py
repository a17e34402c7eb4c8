"""Who is who: the ids of everything the demo makes up, by kind and by the name its tables use."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from domain.kernel.ids import Ids


class Entry(NamedTuple):
    """A record about to be written and the event that says so."""

    event: str
    record: Any


@dataclass(frozen=True, slots=True)
class Register:
    """Gives every record its id once; asking for something no table has entered is a `KeyError` naming it."""

    new_id: Ids
    _ids: dict[tuple[str, str], str] = field(default_factory=dict)

    def enter(self, noun: type[Any], name: str) -> str:
        """Return a fresh id for a record that was not known before."""
        key = (noun.__name__, name)
        if key in self._ids:
            raise ValueError(f"there are two {noun.__name__} records called '{name}'")
        self._ids[key] = self.new_id()
        return self._ids[key]

    def id_of(self, noun: type[Any], name: str) -> str:
        """Return the id of a record entered before."""
        return self._ids[noun.__name__, name]

    def maybe(self, noun: type[Any], name: str | None) -> str | None:
        """Return the id of a record, None where no name is given."""
        return None if name is None else self.id_of(noun, name)

    def names(self, noun: type[Any]) -> list[str]:
        """Return the names entered for a kind of record, in the order they came."""
        return [name for kind, name in self._ids if kind == noun.__name__]
