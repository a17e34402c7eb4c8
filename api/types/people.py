"""People, support groups, calendars and capacity limits as GraphQL shows them."""

from typing import ClassVar

import strawberry

from api.fields import column
from api.relay import Node, global_id


@strawberry.type(description="Someone who requests, approves, implements or is affected.")
class Person(Node):
    """Rows of the noun `person`."""

    noun: ClassVar[str] = "person"

    id: strawberry.ID = global_id("Person")
    name: str = column("Name of the person.")


@strawberry.type(description="A support group: owns configuration items, carries changes.")
class Team(Node):
    """Rows of the noun `team`."""

    noun: ClassVar[str] = "team"

    id: strawberry.ID = global_id("Team")
    name: str = column("Name of the team.")
