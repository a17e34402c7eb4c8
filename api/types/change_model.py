"""Templates of repeatable changes as GraphQL shows them."""

from typing import ClassVar

import strawberry

from api.fields import column
from api.listing import order_input
from api.relations import many
from api.relay import Connection, Node, global_id
from api.types.names import AChange
from api.types.references import reference_input
from api.viewing import viewer_can
from domain.change.model import ChangeType
from domain.kernel.duties import RecordAct


@strawberry.type(description="A template of repeatable changes.")
class ChangeModel(Node):
    """Rows of the noun `change_model`."""

    noun: ClassVar[str] = "change_model"

    id: strawberry.ID = global_id("ChangeModel")
    name: str = column("Name of the template.")
    type: ChangeType = column("Type of the changes made from it.")
    description: str = column("What it is for; empty when nobody said.")
    usual_minutes: int | None = column("Minutes such a change usually takes; null when unknown.")
    is_pre_approved: bool = column("Whether the CAB approved it beforehand.")
    approved_tiers: list[int] = column("Tiers of services for which it is approved beforehand.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("change_model")
    changes: Connection[AChange] = many("Changes made from it that you may see.", "model", key="name")


ChangeModelOrder = order_input("ChangeModel", name="By name.")
ChangeModelRef = reference_input("ChangeModel", "id", "name")
