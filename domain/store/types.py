"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

ID_LENGTH = 26


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant: aware in, UTC out. A naive value is a fault of the program, not of the user."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and bind UTC; SQLite keeps the naive UTC text, which sorts by time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r} bound to a UTC column")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return an aware UTC instant."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_text(enum: type[StrEnum]) -> sa.Enum:
    """Return a text type for the enum's values; no database type, so that adding a value needs no migration."""
    return sa.Enum(enum, native_enum=False, length=40, values_callable=lambda e: [m.value for m in e])


class EnumList(sa.types.TypeDecorator[list[StrEnum]]):
    """A list of one enum's members, kept as a JSON list of their values."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, enum: type[StrEnum]) -> None:
        super().__init__()
        self.enum = enum

    def process_bind_param(self, value: list[StrEnum] | None, dialect: Dialect) -> list[str] | None:  # noqa: ARG002
        """Return the values of the members."""
        return None if value is None else [member.value for member in value]

    def process_result_value(self, value: list[str] | None, dialect: Dialect) -> list[StrEnum] | None:  # noqa: ARG002
        """Return the members of the values."""
        return None if value is None else [self.enum(text) for text in value]


def identifier(*args: Any, **kwargs: Any) -> sa.Column[str]:
    """Return the primary key column `id`."""
    return sa.Column("id", sa.String(ID_LENGTH), *args, primary_key=True, **kwargs)


def refers_to(target: str) -> sa.ForeignKey:
    """Return a foreign key to `target` (`table.column`), checked at commit: writes of an act come in any order."""
    return sa.ForeignKey(target, deferrable=True, initially="DEFERRED")


def reference(name: str, target: str, *, nullable: bool = False, index: bool = True) -> sa.Column[Any]:
    """Return a column `name` that refers to `target` (`table.column`)."""
    return sa.Column(name, sa.String(ID_LENGTH), refers_to(target), nullable=nullable, index=index)


def order_indexes(table: str, column: str) -> tuple[sa.Index, sa.Index]:
    """Return what serves the order of rows by a column that may be unset, then by id: unset ones are the least.

    SQLite orders so by itself; PostgreSQL must be told, in a way SQLite does not read: there is one index for each.
    """
    plain = sa.Index(f"ix_{table}_{column}_id", column, "id")
    told = sa.Index(f"ix_{table}_{column}_unset_first", sa.text(f"{column} NULLS FIRST"), "id")
    return plain.ddl_if(dialect="sqlite"), told.ddl_if(dialect="postgresql")


def version() -> sa.Column[int]:
    """Return the version column: the portable compare and set."""
    return sa.Column("version", sa.Integer, nullable=False, default=0)
