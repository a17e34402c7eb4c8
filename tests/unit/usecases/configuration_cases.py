"""The verbs of configuration items, relations and redundancy groups."""

from datetime import timedelta

from domain.ci.model import CiStatus, MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.ci.rules import CiClassFacts, CiFacts, GroupFacts, RelationFacts, ServiceFacts
from domain.usecases import configuration, topology
from domain.usecases.configuration import StakeholderPlan
from domain.usecases.topology import AddRelation, DefineGroup
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import NOW

CASES = [
    Case(
        verb=configuration.define_class,
        event="ci_class.defined",
        right=lambda p, a, v: configuration.define_class(
            p, a, "server", CiClassFacts(restore_minutes=90, expert_team_id="team"), expected_version=v
        ),
        wrong={
            "name restore_minutes": lambda p, a, v: configuration.define_class(
                p, a, " ", CiClassFacts(restore_minutes=-1)
            ),
            "expert_team_id": lambda p, a, v: configuration.define_class(
                p, a, "switch", CiClassFacts(expert_team_id="nobody")
            ),
        },
    ),
    Case(
        verb=configuration.create_ci,
        event="ci.created",
        right=lambda p, a, v: configuration.create_ci(
            p, a, CiFacts(name="db-2", class_name="server", tier=2, owner_id="ada", attributes={"cores": 8})
        ),
        wrong={
            "name class_name tier owner_id": lambda p, a, v: configuration.create_ci(
                p, a, CiFacts(tier=5, owner_id="nobody")
            ),
            "class_name status": lambda p, a, v: configuration.create_ci(
                p, a, CiFacts(name="x", class_name="toaster", status=CiStatus.RETIRED)
            ),
            "attributes.tree attributes.big": lambda p, a, v: configuration.create_ci(
                p,
                a,
                CiFacts(name="x", class_name="server", attributes={"tree": {}, "big": 10**5000}),  # type: ignore[dict-item]
            ),
        },
        seen=None,
    ),
    Case(
        verb=configuration.update_ci,
        event="ci.updated",
        right=lambda p, a, v: configuration.update_ci(p, a, "web", v, CiFacts(tier=1, site="Berlin")),
        wrong={
            "tier": lambda p, a, v: configuration.update_ci(p, a, "web", v, CiFacts(tier=0)),
            "class_name": lambda p, a, v: configuration.update_ci(p, a, "shop", v, CiFacts(class_name="server")),
        },
    ),
    Case(
        verb=configuration.retire_ci,
        event="ci.retired",
        right=lambda p, a, v: configuration.retire_ci(p, a, "db", v),
        wrong={"ci_id": lambda p, a, v: configuration.retire_ci(p, a, "web", v)},
    ),
    Case(
        verb=configuration.add_stakeholders,
        event="ci.stakeholders_added",
        right=lambda p, a, v: configuration.add_stakeholders(p, a, "web", v, [StakeholderPlan("ada", "owner")]),
        wrong={
            "stakeholders.0 stakeholders.1 stakeholders.1.interest": lambda p, a, v: configuration.add_stakeholders(
                p, a, "web", v, [StakeholderPlan("bob", "again"), StakeholderPlan("nobody", "")]
            )
        },
    ),
    Case(
        verb=configuration.remove_stakeholders,
        event="ci.stakeholders_removed",
        right=lambda p, a, v: configuration.remove_stakeholders(p, a, "web", v, ["bob"]),
        wrong={"person_ids.0": lambda p, a, v: configuration.remove_stakeholders(p, a, "web", v, ["ada"])},
    ),
    Case(
        verb=configuration.define_service,
        event="service.defined",
        right=lambda p, a, v: configuration.define_service(
            p, a, "shop", ServiceFacts(tier=2, vip_person_ids=["ada"], peak_days=["2026-11-27"]), expected_version=v
        ),
        wrong={
            "ci_id": lambda p, a, v: configuration.define_service(p, a, "web", ServiceFacts(tier=1)),
            "tier": lambda p, a, v: configuration.define_service(p, a, "mail", ServiceFacts()),
            "availability_percent peak_days.0 vip_person_ids.0": lambda p, a, v: configuration.define_service(
                p,
                a,
                "mail",
                ServiceFacts(tier=1, availability_percent=101, peak_days=["x"], vip_person_ids=["nobody"]),
            ),
        },
    ),
    Case(
        verb=topology.add_relation,
        event="relation.added",
        right=lambda p, a, v: topology.add_relation(
            p, a, AddRelation(source_id="shop", target_id="web", type=RelationType.RUNS_ON)
        ),
        wrong={
            "target_id": lambda p, a, v: topology.add_relation(
                p, a, AddRelation(source_id="web", target_id="web", type=RelationType.USES)
            ),
            "alpha stated_confidence source_id": lambda p, a, v: topology.add_relation(
                p,
                a,
                AddRelation(
                    source_id="gone",
                    target_id="web",
                    type=RelationType.USES,
                    facts=RelationFacts(alpha=1.5, stated_confidence=float("nan")),
                ),
            ),
            "valid_from": lambda p, a, v: topology.add_relation(
                p,
                a,
                AddRelation(
                    source_id="shop", target_id="db", type=RelationType.USES, valid_from=NOW + timedelta(days=1)
                ),
            ),
        },
        seen=None,
    ),
    Case(
        verb=topology.update_relation,
        event="relation.updated",
        right=lambda p, a, v: topology.update_relation(p, a, "rack-db", v, RelationFacts(alpha=0.4)),
        wrong={
            "provider_side": lambda p, a, v: topology.update_relation(
                p, a, "rack-db", v, RelationFacts(provider_side=ProviderSide.SOURCE)
            )
        },
    ),
    Case(
        verb=topology.confirm_relation,
        event="relation.confirmed",
        right=lambda p, a, v: topology.confirm_relation(p, a, "rack-db", v),
    ),
    Case(
        verb=topology.end_relation,
        event="relation.ended",
        right=lambda p, a, v: topology.end_relation(p, a, "rack-db", v),
    ),
    Case(
        verb=topology.define_group,
        event="redundancy_group.defined",
        right=lambda p, a, v: topology.define_group(
            p,
            a,
            DefineGroup(
                facts=GroupFacts(name="pair", min_up=50, min_up_kind=MinUpKind.PERCENT),
                member_ids=("db", "spare"),
                protected_ids=("shop",),
            ),
        ),
        wrong={
            "name min_up": lambda p, a, v: topology.define_group(
                p, a, DefineGroup(facts=GroupFacts(min_up=3), member_ids=("db", "spare"))
            ),
            "min_up": lambda p, a, v: topology.define_group(
                p,
                a,
                DefineGroup(
                    facts=GroupFacts(name="pair", min_up=101, min_up_kind=MinUpKind.PERCENT), member_ids=("db",)
                ),
            ),
            "member_ids.1 protected_ids.0": lambda p, a, v: topology.define_group(
                p,
                a,
                DefineGroup(
                    facts=GroupFacts(name="pair", min_up=1), member_ids=("db", "db"), protected_ids=("nothing",)
                ),
            ),
        },
        seen=None,
    ),
    Case(
        verb=topology.update_group,
        event="redundancy_group.updated",
        right=lambda p, a, v: topology.update_group(p, a, "group", v, GroupFacts(min_up=2)),
        wrong={
            "min_up": lambda p, a, v: topology.update_group(p, a, "group", v, GroupFacts(min_up=3)),
            "alpha": lambda p, a, v: topology.update_group(p, a, "group", v, GroupFacts(alpha=-0.1)),
        },
    ),
    Case(
        verb=topology.add_members,
        event="redundancy_group.members_added",
        right=lambda p, a, v: topology.add_members(p, a, "group", v, ["spare"]),
        wrong={"ci_ids.0 ci_ids.1": lambda p, a, v: topology.add_members(p, a, "group", v, ["web", "nothing"])},
    ),
    Case(
        verb=topology.end_members,
        event="redundancy_group.members_ended",
        right=lambda p, a, v: topology.end_members(p, a, "group", v, ["web2"]),
        wrong={
            "ci_ids.0": lambda p, a, v: topology.end_members(p, a, "group", v, ["spare"]),
            "members": lambda p, a, v: topology.end_members(p, a, "group", v, ["web", "web2"]),
        },
    ),
    Case(
        verb=topology.add_protected,
        event="redundancy_group.protected_added",
        right=lambda p, a, v: topology.add_protected(p, a, "group", v, ["mail"]),
        wrong={"ci_ids.0": lambda p, a, v: topology.add_protected(p, a, "group", v, ["shop"])},
    ),
    Case(
        verb=topology.end_protected,
        event="redundancy_group.protected_ended",
        right=lambda p, a, v: topology.end_protected(p, a, "group", v, ["shop"]),
        wrong={"ci_ids.0": lambda p, a, v: topology.end_protected(p, a, "group", v, ["mail"])},
    ),
]
