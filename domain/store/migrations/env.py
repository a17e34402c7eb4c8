"""What Alembic runs: the revisions over the connection that `domain.store.migrate` lends it."""

import warnings
from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext

from domain.store.tables import metadata
from domain.store.types import UtcDateTime


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write the product's column types as plain ones: a revision outlives the code it was drawn from."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.Enum):
        return f"sa.String(length={item.length})"
    if kind == "type" and isinstance(item, sa.types.TypeDecorator) and isinstance(item.impl, sa.JSON):
        return "sa.JSON()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
    transactional_ddl=True,
)
with context.begin_transaction(), warnings.catch_warnings():
    # Revisions are drawn on SQLite; the indexes that are PostgreSQL's alone are stated by hand (`order_indexes`).
    warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")
    context.run_migrations()
