"""Configuration items, their classes, relations and redundancy groups as GraphQL shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered, order_input
from api.relations import One, many
from api.relay import Connection, Node, global_id
from api.types.engine_fields import ImpactOfItem
from api.types.filters import IdFilter, IntFilter, StringFilter
from api.types.impact import Impact
from api.types.incident import IncidentOrder, IncidentWhere
from api.types.names import (
    ABusinessService,
    AChange,
    AChangeWindow,
    AnIncident,
    APerson,
    AProblem,
    ATeam,
)
from api.types.references import reference_input
from api.viewing import until_ended, viewer_can
from domain.ci.model import CiStatus, MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.ci.rules import CI_LIFECYCLE, CiAct
from domain.kernel.actor import Permission
from domain.kernel.duties import RecordAct


@strawberry.type(description="A free attribute of a configuration item.")
class Attribute:
    """One entry of `ConfigurationItem.attributes`."""

    name: str = strawberry.field(description="Name of the attribute.")
    value: str | None = strawberry.field(description="Its value as text; null when it is empty.")


def _attributes(values: Mapping[str, Any]) -> list[Attribute]:
    return [Attribute(name=name, value=None if value is None else str(value)) for name, value in sorted(values.items())]


@strawberry.type(description="A kind of configuration item and what is typical of it.")
class CiClass(Node):
    """Rows of the noun `ci_class`."""

    noun: ClassVar[str] = "ci_class"

    id: strawberry.ID = global_id("CiClass")
    name: str = column("Name of the class, e.g. server.")
    restore_minutes: int | None = column("Minutes it usually takes to restore one; null when unknown.")
    is_no_service_expected: bool = column("Whether one may serve no business service without looking unsafe.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("ci_class")
    expert_team: ATeam | None = sourced(
        "Who must be heard about it at the CAB; null when nobody.", One("expert_team_id")
    )
    configuration_items: Connection["ConfigurationItem"] = many(
        "Configuration items of the class.", "class", key="name"
    )


@strawberry.type(description="A person who must hear of changes to a configuration item, and why.")
class Stakeholder:
    """Rows of the noun `stakeholder`."""

    noun: ClassVar[str] = "stakeholder"

    interest: str = column("Why the person must hear of it.")
    person: APerson | None = sourced("The person.", One("person_id"))
    configuration_item: "ConfigurationItem | None" = sourced("The configuration item.", One("ci_id"))


@strawberry.type(description="What people say of two configuration items: `source TYPE target`.")
class Relation(Node):
    """Rows of the noun `relation`."""

    noun: ClassVar[str] = "relation"

    id: strawberry.ID = global_id("Relation")
    external_id: str | None = column("Key in the system it was imported from; null when it was stated here.")
    type: RelationType = column("What the source is to the target.")
    degree: float | None = column(
        "How much of a failure is noticed, from 0 to 1; null for what is usual of the type.", "alpha"
    )
    provider_side: ProviderSide | None = column("Which end of a connection provides; null where the type says so.")
    origin: str | None = column("Where it is known from; null when a person stated it.", "source")
    stated_confidence: float | None = column("How far it was believed when stated, from 0 to 1; null when nobody said.")
    confirmed_at: datetime | None = column("When it was last confirmed; null if never.")
    valid_from: datetime = column("Since when it holds.")
    valid_to: datetime | None = column("Until when it held; null while it does.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("relation", ("valid_to",), until_ended)
    source: "ConfigurationItem | None" = sourced("What it is said of.", One("source_id"))
    target: "ConfigurationItem | None" = sourced("What the source is related to.", One("target_id"))


@strawberry.type(description="A configuration item's membership of a redundancy group, or its protection by one.")
class RedundancyMember:
    """Rows of the noun `redundancy_member`."""

    noun: ClassVar[str] = "redundancy_member"

    valid_from: datetime = column("Since when.")
    valid_to: datetime | None = column("Until when; null while it has no end.")
    configuration_item: "ConfigurationItem | None" = sourced("The configuration item.", One("ci_id"))


@strawberry.type(description="A configuration item that depends on a redundancy group as a whole.")
class RedundancyProtected:
    """Rows of the noun `redundancy_protected`."""

    noun: ClassVar[str] = "redundancy_protected"

    valid_from: datetime = column("Since when.")
    valid_to: datetime | None = column("Until when; null while it has no end.")
    configuration_item: "ConfigurationItem | None" = sourced("The configuration item.", One("ci_id"))


@strawberry.type(description="Members that stand in for each other, and the configuration items they protect.")
class RedundancyGroup(Node):
    """Rows of the noun `redundancy_group`."""

    noun: ClassVar[str] = "redundancy_group"

    id: strawberry.ID = global_id("RedundancyGroup")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the group.")
    min_up: int = column("What must stay up: members or percent, as `minUpKind` says.")
    min_up_kind: MinUpKind = column("What `minUp` counts.")
    degree: float = column("How much those protected notice when too few are up, from 0 to 1.", "alpha")
    is_assumed: bool = column("Whether nobody has confirmed what must stay up.")
    origin: str | None = column("Where it is known from; null when a person stated it.", "source")
    confirmed_at: datetime | None = column("When it was last confirmed; null if never.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("redundancy_group")
    members: Connection[RedundancyMember] = many("Members now.", "group")
    protected: Connection[RedundancyProtected] = many("What depends on the group now.", "group")


@strawberry.type(description="Anything under configuration control.")
class ConfigurationItem(Node):
    """Rows of the noun `ci`."""

    noun: ClassVar[str] = "ci"

    id: strawberry.ID = global_id("ConfigurationItem")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the configuration item.")
    class_name: str = column("Name of its class.")
    status: CiStatus = column("Where it is in its life.")
    tier: int | None = column("Criticality from 1 (highest) to 4; null when nobody said.")
    site: str | None = column("Where it stands; null when unknown.")
    attributes: list[Attribute] | None = computed(
        "Free attributes, by name.", ("attributes",), _attributes, needs=Permission.READ_ALL
    )
    origin: str | None = column("Where it is known from; null when a person stated it.", "source")
    confirmed_at: datetime | None = column("When its facts were last confirmed; null if never.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[CiAct] = viewer_can("ci", ("status",), CI_LIFECYCLE.allowed)
    ci_class: CiClass | None = sourced("Its class, with what is typical of it.", One("class_name", by="name"))
    owner: APerson | None = sourced("Who owns it; null when nobody does.", One("owner_id"))
    owner_team: ATeam | None = sourced("The team that owns it; null when none does.", One("owner_team_id"))
    service: ABusinessService | None = sourced("The business service that it is; null when it is none.", One("id"))
    stakeholders: Connection[Stakeholder] | None = many(
        "Who must hear of changes to it.", "ci", needs=Permission.READ_ALL
    )
    relations_from: Connection[Relation] | None = many(
        "Standing relations of which it is the source.", "source", needs=Permission.READ_ALL
    )
    relations_to: Connection[Relation] | None = many(
        "Standing relations of which it is the target.", "target", needs=Permission.READ_ALL
    )
    redundancy_groups: Connection[RedundancyGroup] | None = many(
        "Redundancy groups it is a member of now.", "member", needs=Permission.READ_ALL
    )
    protecting_groups: Connection[RedundancyGroup] | None = many(
        "Redundancy groups it depends on now.", "protected", needs=Permission.READ_ALL
    )
    impact: Impact | None = sourced("What its failure reaches.", ImpactOfItem(), weight=100, needs=Permission.READ_ALL)
    incidents: Connection[AnIncident] = many(
        "Incidents on it that you may see.", "ci", where=IncidentWhere, order=IncidentOrder
    )
    problems: Connection[AProblem] | None = many("Problems on it.", "ci", needs=Permission.READ_ALL)
    changes: Connection[AChange] = many("Changes of it that you may see.", "ci")
    windows: Connection[AChangeWindow] = many("Maintenance windows and freezes set for it alone.", "scope")


ConfigurationItemOrder = order_input("ConfigurationItem", name="By name.", tier="By criticality, 1 (highest) first.")
CiClassOrder = order_input("CiClass", name="By name.")
ConfigurationItemRef = reference_input("ConfigurationItem", "id", "external_id")
CiClassRef = reference_input("CiClass", "id", "name")
RelationRef = reference_input("Relation", "id", "external_id")
RedundancyGroupRef = reference_input("RedundancyGroup", "id", "external_id")


@strawberry.input(description="Which configuration items: those that match every field given.")
class ConfigurationItemWhere:
    """Filters over indexes of the noun `ci`."""

    name: StringFilter | None = filtered("By name.", "name")
    class_name: StringFilter | None = filtered("By name of the class.", "class_name")
    tier: IntFilter | None = filtered("By criticality, 1 (highest) to 4.", "tier")
    site: StringFilter | None = filtered("By where it stands.", "site")
    owner: IdFilter | None = filtered("By who owns it.", "owner_id", of="Person")
    owner_team: IdFilter | None = filtered("By the team that owns it.", "owner_team_id", of="Team")


@strawberry.input(description="Which relations: those that match every field given.")
class RelationWhere:
    """Filters over indexes of the noun `relation`."""

    source: IdFilter | None = filtered("By the source.", "source_id", of="ConfigurationItem")
    target: IdFilter | None = filtered("By the target.", "target_id", of="ConfigurationItem")
