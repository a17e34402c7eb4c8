"""An input as the runner takes it: sections of items, each a draft with the rows it stands on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from api.imports.rows import Reading, Row
from domain.usecases.importing_drafts import Draft, Kind


class Alternatives(StrEnum):
    """How the preset `debian` reads `a | b`: every alternative counts, or they stand in for each other."""

    PLAIN = "plain"
    GROUPS = "groups"


@dataclass(frozen=True, slots=True)
class Options:
    """What the command says of an input beside its files. `warn` takes what a person should know, once per text."""

    warn: Callable[[str], None]
    kind: Kind | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    alternatives: Alternatives = Alternatives.PLAIN
    as_of: datetime | None = None
    time_zone: str = "UTC"
    """The IANA zone of local times that an input gives without one."""


@dataclass(frozen=True, slots=True)
class Item:
    """A draft and the rows that say it."""

    draft: Draft
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One pass over one file. The same file read the same way has the same `source` and yields the same items.

    `columns` turns a field of the record into what the file calls it, for the reasons of rejects. A file that is read
    in several passes names the `part` of all but one, which alone counts its rows.
    """

    reading: Reading
    source: str
    items: Callable[[], Iterator[Item]]
    columns: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
