"""Root fields about configuration items, relations, redundancy groups and business services."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.configuration import (
    CiClass,
    CiClassOrder,
    CiClassRef,
    ConfigurationItem,
    ConfigurationItemOrder,
    ConfigurationItemRef,
    ConfigurationItemWhere,
    RedundancyGroup,
    RedundancyGroupRef,
    Relation,
    RelationRef,
    RelationWhere,
)
from api.types.service import BusinessService, BusinessServiceOrder, BusinessServiceRef, BusinessServiceWhere
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering

BY_NAME = (Ordering("name"),)


@strawberry.type
class ConfigurationQueries:
    """One record by what you have of it, and pages of records."""

    configuration_item: ConfigurationItem | None = referred(
        "The configuration item referred to; null when there is none.", ConfigurationItemRef
    )
    configuration_items: Connection[ConfigurationItem] | None = every(
        "Configuration items, by name.", where=ConfigurationItemWhere, order=ConfigurationItemOrder, by_default=BY_NAME
    )
    ci_class: CiClass | None = referred("The class referred to; null when there is none.", CiClassRef)
    ci_classes: Connection[CiClass] | None = every(
        "Classes of configuration items, by name.", order=CiClassOrder, by_default=BY_NAME
    )
    business_service: BusinessService | None = referred(
        "The business service referred to; null when there is none.", BusinessServiceRef
    )
    business_services: Connection[BusinessService] | None = every(
        "Business services, the most critical first.",
        where=BusinessServiceWhere,
        order=BusinessServiceOrder,
        by_default=(Ordering("tier"), Ordering("name")),
    )
    relation: Relation | None = referred(
        "The relation referred to; null when there is none.", RelationRef, needs=Permission.READ_ALL
    )
    relations: Connection[Relation] | None = every(
        "Relations, ended ones included.", where=RelationWhere, needs=Permission.READ_ALL
    )
    redundancy_group: RedundancyGroup | None = referred(
        "The redundancy group referred to; null when there is none.", RedundancyGroupRef, needs=Permission.READ_ALL
    )
    redundancy_groups: Connection[RedundancyGroup] | None = every("Redundancy groups.", needs=Permission.READ_ALL)
