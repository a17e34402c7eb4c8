"""The order of text is the order of its bytes, on every server.

SQLite knows no other. A PostgreSQL database orders text as its locale says, which differs between servers and may
change under an index with an update of the system: pages would then skip rows. So every text column of the record
says `COLLATE "C"`, whatever the database was made with.
"""

import sqlalchemy as sa

from domain.store.tables import metadata

_OTHERWISE_ORDERED = sa.text(
    "SELECT c.relname AS table_name, a.attname AS column_name, format_type(a.atttypid, a.atttypmod) AS type"
    " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_collation l ON l.oid = a.attcollation"
    " WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace)"
    " AND a.attnum > 0 AND NOT a.attisdropped AND l.collname <> 'C' ORDER BY c.relname, a.attnum"
)


def order_text_by_bytes(connection: sa.Connection) -> None:
    """Give every text column of a PostgreSQL record that has another collation the collation `C`.

    On tables without rows this takes no time; otherwise their indexes over text are built again.
    """
    if connection.dialect.name != "postgresql":
        return
    quoted = connection.dialect.identifier_preparer.quote
    columns: dict[str, list[str]] = {}
    for row in connection.execute(_OTHERWISE_ORDERED):
        changed = f'ALTER COLUMN {quoted(row.column_name)} TYPE {row.type} COLLATE "C"'
        columns.setdefault(row.table_name, []).append(changed)
    for table, changes in columns.items():
        connection.exec_driver_sql(f"ALTER TABLE {quoted(table)} {', '.join(changes)}")


@sa.event.listens_for(metadata, "after_create")
def _after_create(_metadata: sa.MetaData, connection: sa.Connection, **_: object) -> None:
    order_text_by_bytes(connection)
