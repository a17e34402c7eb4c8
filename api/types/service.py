"""Business services as GraphQL shows them."""

from datetime import date
from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import One, Several, many
from api.relay import Connection, Node, global_id
from api.types.filters import IntFilter
from api.types.names import ACalendar, AChange, AChangeWindow, AConfigurationItem, APerson
from api.types.references import reference_input
from api.viewing import viewer_can
from domain.kernel.actor import Permission
from domain.kernel.duties import RecordAct


@strawberry.type(description="What people and customers use: the end of every walk through the estate.")
class BusinessService(Node):
    """Rows of the noun `business_service`, joined with the configuration item of the same id."""

    noun: ClassVar[str] = "business_service"

    id: strawberry.ID = global_id("BusinessService")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the service.")
    tier: int = column("Criticality from 1 (highest) to 4.")
    site: str | None = column("Site it is for; null for all.")
    availability_percent: float | None = column("Availability promised, in percent of service time; null when none.")
    downtime_left_minutes: float | None = column(
        "Minutes of downtime that the promise still allows in the current period; null when unknown."
    )
    peak_days: list[date] = computed(
        "Local dates on which its loss counts one and a half times.",
        ("peak_days",),
        lambda days: [date.fromisoformat(day) for day in days],
    )
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("business_service")
    calendar: ACalendar | None = sourced("When it is used; null for the organisation's hours.", One("calendar_id"))
    configuration_item: AConfigurationItem | None = sourced(
        "The configuration item that it is in the estate.", One("id")
    )
    vip_consumers: list[APerson] | None = sourced(
        "People whose use of it weighs more.", Several("vip_person_ids"), needs=Permission.READ_ALL
    )
    changes: Connection[AChange] = many("Changes planned for it that you may see.", "service")
    windows: Connection[AChangeWindow] = many("Maintenance windows and freezes set for it alone.", "scope")


BusinessServiceOrder = order_input("BusinessService", name="By name.", tier="By criticality, 1 (highest) first.")
BusinessServiceRef = reference_input("BusinessService", "id", "external_id")


@strawberry.input(description="Which business services: those that match every field given.")
class BusinessServiceWhere:
    """Filters over indexes of the noun `business_service`."""

    tier: IntFilter | None = filtered("By criticality, 1 (highest) to 4.", "tier")
