"""Root fields about whoever asks, and about records of any type."""

import strawberry

from api.fields import argument, sourced
from api.relations import Anything
from api.relay import Node
from api.types.viewer import Viewer, Viewing


@strawberry.type
class ViewerQueries:
    """Who asks, and what an id names."""

    viewer: Viewer | None = sourced("Whoever asks, with what they may do.", Viewing())
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
