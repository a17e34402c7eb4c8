"""The estate of the bench made wider by statements alone: to the size of the stack, and then twice as large again."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from domain.ci.relations import RelationType
from domain.store import tables as t
from domain.store.engine import Database

WIDER, TWIN = "+", "~"
"""What the id of a copied row begins with when the estate is widened, and, greater than any other, when doubled."""

CONFIGURATION = ("ci", "relation", "redundancy_group")
"""The subjects of the configuration, those that others refer to first."""


def widen(path: Path) -> None:
    """Bring the estate in a SQLite file to 500,000 relations and a million tickets.

    Of the relations that depend or use every other one gets a parallel one of the other type, so that whatever is
    reached stays what it was; every incident that is over gets a twin.
    """
    relation, incident, on = t.configuration.relation, t.tickets.incident, t.tickets.incident_ci
    dependency, use = RelationType.DEPENDS_ON, RelationType.USES
    other = sa.case((relation.c.type == dependency, use), else_=dependency)
    is_even = sa.cast(sa.func.substr(relation.c.id, 2), sa.Integer) % 2 == 0
    parallel = _copied(WIDER, relation, type=other).where(relation.c.type.in_([dependency, use]), is_even)
    is_over = incident.c.resolved_at.is_not(None)
    twins = _copied(WIDER, incident, number=_marked(WIDER, incident.c.number)).where(is_over)
    over = sa.select(incident.c.id).where(is_over)
    on_items = _copied(WIDER, on, incident_id=_marked(WIDER, on.c.incident_id)).where(on.c.incident_id.in_(over))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        for table, rows in ((relation, parallel), (on, on_items), (incident, twins)):
            connection.execute(_inserted(table, rows))
    engine.dispose()


async def double(database: Database) -> None:
    """Lay a twin of every configuration item, relation and redundancy group beside the estate, apart from it."""
    tables = t.configuration
    copies = (
        (tables.ci, ()),
        (tables.relation, ("source_id", "target_id")),
        (tables.redundancy_group, ()),
        (tables.redundancy_member, ("group_id", "ci_id")),
        (tables.redundancy_protected, ("group_id", "ci_id")),
    )
    async with database.writer.begin() as connection:
        for table, keys in copies:
            twins = {key: _marked(TWIN, table.c[key]) for key in keys}
            await connection.execute(_inserted(table, _copied(TWIN, table, **twins)))
        await connection.execute(sa.text("ANALYZE"))


def _copied(mark: str, table: sa.Table, **changed: Any) -> sa.Select[Any]:
    """Return a statement that selects the twin of every row: another id, what is given, and the rest as it is."""
    changed |= {"id": _marked(mark, table.c.id)} | ({"external_id": sa.null()} if "external_id" in table.c else {})
    return sa.select(*(sa.label(column.name, changed.get(column.name, column)) for column in table.c))


def _inserted(table: sa.Table, rows: sa.Select[Any]) -> sa.Insert:
    return sa.insert(table).from_select([column.name for column in table.c], rows)


def _marked(mark: str, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    return sa.literal(mark).concat(column)
