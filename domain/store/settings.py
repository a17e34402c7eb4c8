"""Where the record is kept: `HEADWATER_DATABASE_URL`, a plain URL without driver names."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from domain.kernel.errors import InvalidInput

DEFAULT_URL = "sqlite:///headwater.db"
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


class StoreSettings(BaseSettings):
    """Settings of the relational store, from the environment (prefix `HEADWATER_`).

    The last four are for PostgreSQL. A process keeps up to `database_pool_size` connections for readers and as many for
    writers, opens `database_pool_overflow` more of each under load, and lets a request wait `database_pool_seconds` for
    one. A connection remembers `database_statement_cache` prepared statements; 0 behind a pooler that gives every
    transaction another connection.
    """

    model_config = SettingsConfigDict(env_prefix="HEADWATER_")

    database_url: str = DEFAULT_URL
    database_pool_size: int = Field(default=8, ge=1, le=1_000)
    database_pool_overflow: int = Field(default=4, ge=0, le=1_000)
    database_pool_seconds: float = Field(default=60.0, gt=0)
    database_statement_cache: int = Field(default=100, ge=0, le=10_000)


def async_url(plain: str) -> URL:
    """Return the URL with the asynchronous driver for `sqlite:///FILE` or `postgresql://...`."""
    try:
        url = make_url(plain)
    except ArgumentError as malformed:
        raise InvalidInput.at("HEADWATER_DATABASE_URL", f"'{plain}' is not a database URL") from malformed
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise InvalidInput.at("HEADWATER_DATABASE_URL", "is sqlite:///FILE or postgresql://USER@HOST/NAME")
    if url.drivername == "sqlite":
        _check_file(url)
    return url.set(drivername=driver)


def _check_file(url: URL) -> None:
    if url.database is None or url.database in {"", ":memory:"}:
        raise InvalidInput.at("HEADWATER_DATABASE_URL", "names no file: readers and the writer must share one")
    file = Path(url.database)
    if file.is_dir() or not file.parent.is_dir():
        raise InvalidInput.at("HEADWATER_DATABASE_URL", f"'{file}' is not a file in a folder that exists")


def sqlite_file(plain: str) -> Path | None:
    """Return the file of a SQLite URL; None for another database or for one in memory."""
    url = make_url(plain)
    return Path(url.database) if url.drivername == "sqlite" and url.database not in (None, "", ":memory:") else None
