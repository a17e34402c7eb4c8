"""What can be asked of configuration items, their classes and relations, redundancy groups and business services."""

from domain.store.reads.noun import Link, noun
from domain.store.tables.configuration import (
    business_service,
    ci,
    ci_class,
    redundancy_group,
    redundancy_member,
    redundancy_protected,
    relation,
    stakeholder,
)
from domain.store.tables.tickets import incident_ci, problem_ci

_standing_relation = (relation.c.valid_to.is_(None),)
_member_now = (redundancy_member.c.valid_to.is_(None),)
_protected_now = (redundancy_protected.c.valid_to.is_(None),)

NOUNS = (
    noun(ci_class, orders=("name",), links={"expert_team": Link(ci_class.c.expert_team_id)}),
    noun(
        ci,
        filters=("name", "class_name", "tier", "site", "owner_id", "owner_team_id"),
        orders=("name", "tier"),
        links={
            "incident": Link(incident_ci.c.incident_id, incident_ci.c.ci_id, (incident_ci.c.ended_at.is_(None),)),
            "problem": Link(problem_ci.c.problem_id, problem_ci.c.ci_id, (problem_ci.c.ended_at.is_(None),)),
            "owner": Link(ci.c.owner_id),
            "owner_team": Link(ci.c.owner_team_id),
            "class": Link(ci.c.class_name),
        },
    ),
    noun(stakeholder, links={"ci": Link(stakeholder.c.ci_id), "person": Link(stakeholder.c.person_id)}),
    noun(
        business_service,
        joined=ci,
        filters=("tier",),
        orders=("name", "tier"),
        links={"ci": Link(business_service.c.id)},
    ),
    noun(
        relation,
        filters=("source_id", "target_id"),
        links={
            "source": Link(relation.c.source_id, conditions=_standing_relation),
            "target": Link(relation.c.target_id, conditions=_standing_relation),
        },
    ),
    noun(
        redundancy_group,
        links={
            "member": Link(redundancy_member.c.ci_id, redundancy_member.c.group_id, _member_now),
            "protected": Link(redundancy_protected.c.ci_id, redundancy_protected.c.group_id, _protected_now),
        },
    ),
    noun(redundancy_member, links={"group": Link(redundancy_member.c.group_id, conditions=_member_now)}),
    noun(redundancy_protected, links={"group": Link(redundancy_protected.c.group_id, conditions=_protected_now)}),
)
