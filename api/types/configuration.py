"""Configuration items, their relations and redundancy groups, and business services as GraphQL shows them."""

from typing import ClassVar

import strawberry

from api.fields import column
from api.relations import many
from api.relay import Connection, Node, global_id
from api.types.incident import IncidentOrder, IncidentWhere
from api.types.names import AnIncident


@strawberry.type(description="Anything under configuration control.")
class ConfigurationItem(Node):
    """Rows of the noun `ci`."""

    noun: ClassVar[str] = "ci"

    id: strawberry.ID = global_id("ConfigurationItem")
    name: str = column("Name of the configuration item.")
    incidents: Connection[AnIncident] = many(
        "Incidents it is or was part of.", "ci", where=IncidentWhere, order=IncidentOrder
    )
