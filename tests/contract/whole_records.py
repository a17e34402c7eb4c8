"""Whole aggregates made up at random: every field filled, so that what the store forgets is seen."""

import dataclasses
import random
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from typing import Any

from domain.ci.model import CiClass
from domain.store.mapping import AGGREGATE_OF, AGGREGATES, Aggregate


class Made:
    """Generates whole aggregates: every field filled, every reference pointing at something that is in the act."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.records: list[Any] = []

    def root(self, aggregate: Aggregate, depth: int = 0) -> Any:
        record = self._filled(aggregate.cls, aggregate.table, depth)
        self.records.append(record)
        for children in aggregate.children:
            for _ in range(2):
                child = self._filled(children.cls, children.table, depth + 1)
                setattr(child, children.key, record.id)
                getattr(record, children.attribute).append(child)
        return record

    def altered(self, record: Any) -> None:
        """Give one field that is neither key nor reference a new value."""
        hints = typing.get_type_hints(type(record))
        columns = AGGREGATE_OF[type(record)].table.columns
        plain = sorted(c.name for c in columns if c.name not in ("id", "version") and not c.foreign_keys)
        name = self.dice.choice([name for name in plain if (type(record), name) not in self.REFERRED_TO])
        setattr(record, name, self._value(name, hints[name]))

    def _filled(self, cls: type[Any], table: Any, depth: int) -> Any:
        hints = typing.get_type_hints(cls)
        values = {}
        for field in dataclasses.fields(cls):
            column = table.c.get(field.name)
            if column is None or field.name == "version":
                continue
            foreign = next(iter(column.foreign_keys), None)
            if foreign is not None and not (column.nullable and depth > 1):
                values[field.name] = self._referenced(foreign, depth)
            elif foreign is None:
                values[field.name] = self._value(field.name, hints[field.name])
        return cls(**values)

    def _referenced(self, foreign: Any, depth: int) -> Any:
        target = next(a for a in AGGREGATES if a.table is foreign.column.table)
        return getattr(self.root(dataclasses.replace(target, children=()), depth + 1), foreign.column.name)

    def _value(self, name: str, hint: Any) -> Any:
        if name in self.WITHIN_RULES and (name, hint) != ("number", int):
            return self.WITHIN_RULES[name](self)
        if isinstance(hint, types.UnionType):
            hint = next(option for option in typing.get_args(hint) if option is not type(None))
        origin = typing.get_origin(hint)
        if origin is list:
            return [self._value("", typing.get_args(hint)[0]) for _ in range(2)]
        if origin is dict:
            return {"rack": self._text(), "slots": [1, 2], "nested": {"größe": 1.5}}
        if isinstance(hint, type) and issubclass(hint, Enum):
            return self.dice.choice(list(hint))
        return self.KINDS[hint](self)

    def _text(self) -> str:
        return "".join(self.dice.choice("abcdefghijkäß漢🙂'%_") for _ in range(12))

    def _instant(self) -> datetime:
        zone = timezone(timedelta(minutes=self.dice.choice([-480, 0, 60, 330])))
        return datetime(2026, 1, 1, tzinfo=zone) + timedelta(seconds=self.dice.randrange(10**7))

    REFERRED_TO: typing.ClassVar = {(CiClass, "name")}
    KINDS: typing.ClassVar = {
        str: _text,
        object: _text,
        int: lambda self: self.dice.randrange(1, 10**6),
        float: lambda self: self.dice.random(),
        bool: lambda self: self.dice.random() < 0.5,
        datetime: _instant,
        date: lambda self: date(2026, 1, 1) + timedelta(days=self.dice.randrange(365)),
    }
    WITHIN_RULES: typing.ClassVar = {
        "id": lambda self: f"{self.dice.getrandbits(100):026x}",
        "number": lambda self: f"N{self.dice.getrandbits(40)}",
        "token_hash": lambda self: f"{self.dice.getrandbits(256):064x}",
        "tier": lambda self: self.dice.randrange(1, 5),
        "priority": lambda self: self.dice.randrange(1, 5),
        "min_up": lambda self: self.dice.randrange(1, 100),
        "minutes": lambda self: 60,
        "opening_minutes": lambda self: 5,
        "start": lambda self: datetime(2026, 3, 1, self.dice.randrange(12), tzinfo=UTC),
        "end": lambda self: datetime(2026, 3, 2, tzinfo=UTC),
        "planned_start": lambda self: datetime(2026, 3, 1, tzinfo=UTC),
        "planned_end": lambda self: datetime(2026, 3, 2, tzinfo=UTC),
        "downtime_start": lambda self: datetime(2026, 3, 1, tzinfo=UTC),
        "downtime_end": lambda self: datetime(2026, 3, 2, tzinfo=UTC),
        "local_start": lambda self: "22:00",
        "local_end": lambda self: "04:00",
        "subject_kind": lambda self: "SITE",
    }
