"""What a failure of configuration items reaches, as GraphQL shows it (ENGINES 2.2)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import strawberry

from api.answers import listed
from api.enums import described_enum
from api.fields import column, computed, sourced
from api.relations import One, Several
from api.relay import Connection
from api.types.names import ABusinessService, AConfigurationItem, ARedundancyGroup
from domain.ci.impact import ImpactState, LinkKind
from domain.ci.topology import AnsweredBy
from domain.kernel.page import Row
from domain.usecases.footprints import Estate

described_enum(
    ImpactState,
    "What becomes of an impacted configuration item, gravest first.",
    DOWN="It fails.",
    DEGRADED="It is degraded.",
    AT_RISK="It stands, but has no spare left.",
)
described_enum(
    LinkKind,
    "How a failure takes the last step of its way.",
    EDGE="Over a relation.",
    GROUP="Through a redundancy group.",
)

_GRAVITY = {ImpactState.DOWN: 0, ImpactState.DEGRADED: 1, ImpactState.AT_RISK: 2}


@strawberry.type(description="A configuration item that is impacted.")
class ImpactedConfigurationItem:
    """`domain.ci.impact.ImpactedCi` as a row."""

    state: ImpactState = column("What becomes of it.")
    degree: float = column("How much of it is lost by the targets alone, from 0 to 1.", "q")
    degree_in_context: float = column(
        "How much of it is lost together with what is down already, from 0 to 1.", "q_in_context"
    )
    distance: int = column("Steps from a target; 0 for a target itself.")
    via: LinkKind | None = column("How the failure takes its last step; null for a target itself.", "link_kind")
    redundancy_before: int | None = column(
        "Members of the redundancy group that were up before; null when none matters."
    )
    redundancy_after: int | None = column("Members of it that stay up; null when none matters.")
    has_no_spare: bool = column("Whether one failure more takes it down.")
    confidence: float = column("How far the way to it is to be believed, from 0 to 1: the least of its steps.")
    configuration_item: AConfigurationItem | None = sourced("The configuration item.", One("id"))
    path: list[AConfigurationItem] = sourced("The way from a target to it, both ends included.", Several("path"))
    redundancy_group: ARedundancyGroup | None = sourced(
        "The redundancy group that matters: the last on the way, or the one without a spare; null when none does.",
        One("group_id"),
    )


@strawberry.type(description="A business service that is impacted.")
class ImpactedService:
    """An impacted configuration item with service facts as a row."""

    tier: int = column("Criticality from 1 (highest) to 4.")
    state: ImpactState = column("What becomes of it.")
    degree: float = column("How much of it is lost by the targets alone, from 0 to 1.", "q")
    distance: int = column("Steps from a target.")
    service: ABusinessService | None = sourced("The service.", One("id"))
    path: list[AConfigurationItem] = sourced("The way from a target to it, both ends included.", Several("path"))


@strawberry.type(description="How many business services of one tier are impacted.")
class ImpactedTier:
    """Counts by state."""

    tier: int = strawberry.field(description="Criticality from 1 (highest) to 4.")
    down: int = strawberry.field(description="Services that fail.")
    degraded: int = strawberry.field(description="Services that are degraded.")
    at_risk: int = strawberry.field(description="Services without a spare.")


@strawberry.type(description="What a failure of configuration items reaches.")
class Impact:
    """`domain.ci.impact.Impact` with its services as a row."""

    is_truncated: bool = column(
        "Whether the walk passed its bounds; then nothing is listed, which does not mean that it is safe."
    )
    engine: str = column("Name of the engine that walked: `memory`, `neo4j` or `sql`.")
    position: int = column("Log position up to which every edit of the estate is in the answer.")
    is_stale: bool = column("Whether the log holds later edits of the estate that the answer lacks.")
    reached_count: int = column("Configuration items that are lost in part or whole, targets included.")
    targets: list[AConfigurationItem] = sourced("What fails.", Several("target_ids"))
    tiers: list[ImpactedTier] = computed(
        "Impacted services counted by tier, the most critical first.", ("tiers",), list
    )
    impacted: Connection[ImpactedConfigurationItem] = listed(
        "What is impacted, targets included: the gravest first, then the most lost, then the nearest.", "impacted"
    )
    services: Connection[ImpactedService] = listed(
        "Business services that are impacted: the most critical first, then the gravest, then the most lost.",
        "services",
    )


def impact_row(estate: Estate, engine: str, position: int) -> Row:
    """Return an impact as a row of `Impact`; `engine` and `position` are those of the record where nobody says more."""
    answered = estate.answered_by or AnsweredBy(engine)
    found = [asdict(ci) for ci in estate.impact.impacted.values()]
    services = [ci | {"tier": estate.services[ci["id"]].tier} for ci in found if ci["id"] in estate.services]
    return {
        "is_truncated": estate.impact.truncated,
        "engine": answered.engine,
        "position": position if answered.lacks_after is None else answered.lacks_after,
        "is_stale": answered.lacks_after is not None,
        "reached_count": estate.impact.reached_nodes,
        "target_ids": list(estate.impact.targets),
        "impacted": sorted(found, key=_gravest_first),
        "services": sorted(services, key=lambda service: (service["tier"], *_gravest_first(service))),
        "tiers": _counted(services),
    }


def _gravest_first(ci: Mapping[str, Any]) -> tuple[int, float, int, str]:
    return _GRAVITY[ci["state"]], -ci["q"], ci["distance"], ci["id"]


def _counted(services: list[dict[str, Any]]) -> list[ImpactedTier]:
    counts = Counter((service["tier"], service["state"]) for service in services)
    return [
        ImpactedTier(
            tier=tier,
            down=counts[tier, ImpactState.DOWN],
            degraded=counts[tier, ImpactState.DEGRADED],
            at_risk=counts[tier, ImpactState.AT_RISK],
        )
        for tier in sorted({tier for tier, _ in counts})
    ]
