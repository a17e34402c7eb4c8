"""The root field of auditors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import strawberry

from api.fields import argument, sourced
from api.ids import decode_any_id
from api.listing import list_arguments, listing_of
from api.lookahead import Asking, Selected
from api.relations import ConnectionPlan
from api.relay import Connection
from api.types.audit import AuditEntry, AuditEntryWhere
from domain.kernel.actor import Permission
from domain.kernel.errors import InvalidInput
from domain.kernel.global_ids import TYPE_OF_TABLE
from domain.kernel.page import Ordering

LATEST = (Ordering("position", is_descending=True),)
TABLE_OF_TYPE = {type_name: table for table, type_name in TYPE_OF_TABLE.items()}


@dataclass(frozen=True, slots=True)
class Trail:
    """What was done, the latest first: to one record, or to all of them."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Any], selected: Selected) -> Sequence[Any]:
        """Return the one connection."""
        connection, listing = ConnectionPlan.of(asking, selected), listing_of(selected, LATEST)
        where = {**listing.where, **_about(selected.arguments.get("of"))}
        page = await asking.reads.page(connection.noun, connection.columns, replace(listing, where=where))
        count = await asking.reads.count(connection.noun, where) if connection.is_counted else None
        return await connection.build(asking, [page] * len(parents), [count] * len(parents))


def _about(global_id: str | None) -> dict[str, dict[str, str]]:
    if global_id is None:
        return {}
    type_name, record_id = decode_any_id(global_id, "of")
    table = TABLE_OF_TYPE.get(type_name)
    if table is None:
        raise InvalidInput.at("of", f"is the id of a {type_name}, of which the log keeps nothing")
    return {"subject_type": {"eq": table}, "subject_id": {"eq": record_id}}


@strawberry.type
class AuditQueries:
    """Who did what."""

    audit_trail: Connection[AuditEntry] | None = sourced(
        "What was done, by whom, why, and what it changed: the latest first.",
        Trail(),
        needs=Permission.READ_AUDIT,
        arguments=[
            argument("of", strawberry.ID | None, "Only what was done to this record; null: to any."),
            *list_arguments(where=AuditEntryWhere),
        ],
    )
