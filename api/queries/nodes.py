"""Root fields that find anything by its id."""

import strawberry

from api.fields import argument, sourced
from api.relations import Anything
from api.relay import Node


@strawberry.type
class NodeQueries:
    """Records of any type."""

    node: Node | None = sourced(
        "The record with that id; null when there is none to see.",
        Anything(many=False),
        arguments=[argument("id", strawberry.ID, "Id of the record.")],
    )
    nodes: list[Node | None] | None = sourced(
        "The records with these ids, in the order of the ids; null where there is none to see.",
        Anything(many=True),
        arguments=[argument("ids", list[strawberry.ID], "Ids of the records, at most 100.")],
    )
