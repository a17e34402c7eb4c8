"""Mutations of configuration items, relations and redundancy groups."""

from typing import Any

from api.ids import encode_id as gid
from tests.api.mutations.cases import Case, Given, nobody, seen


def ci(name: str) -> str:
    return gid("ConfigurationItem", name)


def seen_ci(name: str, **rest: Any) -> Given:
    return seen("ConfigurationItem", name, **rest)


def seen_group(**rest: Any) -> Given:
    return seen("RedundancyGroup", "group", **rest)


CASES = [
    Case(
        mutation="ciClassDefine",
        event="ci_class.defined",
        right={"name": "server", "expectedVersion": 1, "restoreMinutes": 90, "expertTeamId": gid("Team", "team")},
        wrong={"restoreMinutes expertTeamId": {"restoreMinutes": -1, "expertTeamId": nobody("Team")}},
    ),
    Case(
        mutation="ciCreate",
        event="ci.created",
        right={
            "name": "db-2",
            "className": "server",
            "tier": 2,
            "ownerId": gid("Person", "ada"),
            "attributes": [{"name": "cores", "value": {"number": 8}}, {"name": "note"}],
        },
        wrong={
            "name className tier ownerId": {"name": "", "className": "toaster", "tier": 5, "ownerId": nobody()},
            "status": {"status": "RETIRED"},
            "attributes.big": {"attributes": [{"name": "big", "value": {"number": 1e300}}]},
        },
    ),
    Case(
        mutation="ciUpdate",
        event="ci.updated",
        right=seen_ci("web", tier=1, site="Berlin", origin=None),
        wrong={"tier": {"tier": 0}},
    ),
    Case(
        mutation="ciRetire",
        event="ci.retired",
        right=seen_ci("db"),
        wrong={"configurationItemId": seen_ci("web")},
    ),
    Case(
        mutation="ciStakeholdersAdd",
        event="ci.stakeholders_added",
        right=seen_ci("web", stakeholders=[{"personId": gid("Person", "ada"), "interest": "owner"}]),
        wrong={
            "stakeholders.0 stakeholders.1 stakeholders.1.interest": {
                "stakeholders": [
                    {"personId": gid("Person", "bob"), "interest": "again"},
                    {"personId": nobody(), "interest": ""},
                ]
            }
        },
    ),
    Case(
        mutation="ciStakeholdersRemove",
        event="ci.stakeholders_removed",
        right=seen_ci("web", personIds=[gid("Person", "bob")]),
        wrong={"personIds.0": {"personIds": [gid("Person", "ada")]}},
    ),
    Case(
        mutation="serviceDefine",
        event="service.defined",
        right=seen_ci("shop", tier=2, vipPersonIds=[gid("Person", "ada")], peakDays=["2026-11-27"]),
        wrong={
            "configurationItemId": {"configurationItemId": ci("web")},
            "tier availabilityPercent vipPersonIds.0": {
                "tier": 0,
                "availabilityPercent": 101,
                "vipPersonIds": [nobody()],
            },
        },
    ),
    Case(
        mutation="relationAdd",
        event="relation.added",
        right={"sourceId": ci("shop"), "targetId": ci("web"), "type": "RUNS_ON", "degree": 0.9},
        wrong={
            "targetId": {"sourceId": ci("web")},
            "degree statedConfidence sourceId": {
                "degree": 1.5,
                "statedConfidence": 2,
                "sourceId": nobody("ConfigurationItem"),
            },
            "validFrom": {"validFrom": "2027-01-01T00:00:00Z"},
            "targetId ": {"sourceId": ci("db"), "targetId": ci("room"), "type": "CONTAINS"},
        },
    ),
    Case(
        mutation="relationUpdate",
        event="relation.updated",
        right=seen("Relation", "rack-db", degree=0.4),
        wrong={"providerSide": {"providerSide": "SOURCE"}},
    ),
    Case(mutation="relationConfirm", event="relation.confirmed", right=seen("Relation", "rack-db")),
    Case(mutation="relationEnd", event="relation.ended", right=seen("Relation", "rack-db")),
    Case(
        mutation="redundancyGroupDefine",
        event="redundancy_group.defined",
        right={
            "name": "pair",
            "minUp": 50,
            "minUpKind": "PERCENT",
            "memberIds": [ci("db"), ci("spare")],
            "protectedIds": [ci("shop")],
        },
        wrong={
            "minUp": {"minUp": 101},
            "minUp ": {"minUpKind": "COUNT"},
            "memberIds": {"memberIds": []},
            "memberIds.1 protectedIds.0": {
                "memberIds": [ci("db"), ci("db")],
                "protectedIds": [nobody("ConfigurationItem")],
            },
        },
    ),
    Case(
        mutation="redundancyGroupUpdate",
        event="redundancy_group.updated",
        right=seen_group(minUp=2),
        wrong={"minUp degree": {"minUp": 3, "degree": -0.1}},
    ),
    Case(
        mutation="redundancyMembersAdd",
        event="redundancy_group.members_added",
        right=seen_group(configurationItemIds=[ci("spare")]),
        wrong={
            "configurationItemIds.0 configurationItemIds.1": {
                "configurationItemIds": [ci("web"), nobody("ConfigurationItem")]
            }
        },
    ),
    Case(
        mutation="redundancyMembersEnd",
        event="redundancy_group.members_ended",
        right=seen_group(configurationItemIds=[ci("web2")]),
        wrong={
            "configurationItemIds.0": {"configurationItemIds": [ci("spare")]},
            "configurationItemIds": {"configurationItemIds": [ci("web"), ci("web2")]},
        },
    ),
    Case(
        mutation="redundancyProtectedAdd",
        event="redundancy_group.protected_added",
        right=seen_group(configurationItemIds=[ci("mail")]),
        wrong={"configurationItemIds.0": {"configurationItemIds": [ci("shop")]}},
    ),
    Case(
        mutation="redundancyProtectedEnd",
        event="redundancy_group.protected_ended",
        right=seen_group(configurationItemIds=[ci("shop")]),
        wrong={"configurationItemIds.0": {"configurationItemIds": [ci("mail")]}},
    ),
]
