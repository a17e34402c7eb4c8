"""NetBox's own demonstration inventory as configuration items, relations and redundancy groups."""

import gzip
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from domain.ci.model import CiStatus, ConfigurationItem, ProviderSide, RedundancyGroup, Relation
from domain.ci.relations import RelationType

NOUNS = (
    "dcim.site",
    "dcim.location",
    "dcim.rack",
    "dcim.device",
    "dcim.powerpanel",
    "dcim.powerfeed",
    "virtualization.cluster",
    "virtualization.virtualmachine",
    "circuits.circuit",
)
Models = dict[str, dict[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def models(shared: Path) -> Models:
    """The objects of the inventory by model and key, read by nothing of the product."""
    found: Models = defaultdict(dict)
    for entry in json.loads(gzip.decompress((shared / "netbox" / "netbox-demo-v3.5.json.gz").read_bytes())):
        found[entry["model"]][entry["pk"]] = entry["fields"]
    return found


def known_as(model: str, pk: int, models: Models) -> str:
    return f"circuit:{models[model][pk]['cid']}" if model == "circuits.circuit" else f"{model}:{pk}"


async def test_everything_named_is_an_item_once(bench: Any, shared: Path, models: Models) -> None:
    place = bench.copy(shared / "netbox")
    summary = await bench.take("netbox", place)
    items = await bench.all(ConfigurationItem)
    assert summary.rejected == 0
    assert summary.read == sum(len(objects) for objects in models.values())
    assert items.keys() == {known_as(model, pk, models) for model in NOUNS for pk in models[model]}
    roles = Counter(
        models["dcim.devicerole"][fields["device_role"]]["name"].lower() for fields in models["dcim.device"].values()
    )
    assert Counter(ci.class_name for ci in items.values() if ci.external_id.startswith("dcim.device:")) == roles
    planned = {ci.external_id for ci in items.values() if ci.status is CiStatus.PLANNED}
    assert planned == {
        f"dcim.rack:{pk}" for pk, fields in models["dcim.rack"].items() if fields["status"] == "available"
    }
    assert all(ci.tier is None and ci.owner_id is None for ci in items.values())
    again = await bench.take("netbox", place)
    assert (again.created, again.updated, again.unchanged) == (0, 0, summary.created)


async def test_what_stands_on_what(bench: Any, shared: Path, models: Models) -> None:
    await bench.take("netbox", bench.copy(shared / "netbox"))
    names = await bench.names(ConfigurationItem)
    async with bench.runtime.ports.snapshot() as snapshot:
        stored = await snapshot.find_all(Relation)
    relations = {(names[one.source_id], one.type, names[one.target_id]): one for one in stored}
    hosted = {source: target for source, kind, target in relations if kind is RelationType.HOSTED_ON}
    for pk, device in models["dcim.device"].items():
        assert hosted[f"dcim.device:{pk}"] == f"dcim.rack:{device['rack']}"
    running = {source: target for source, kind, target in relations if kind is RelationType.RUNS_ON}
    assert running == {
        f"virtualization.virtualmachine:{pk}": f"virtualization.cluster:{machine['cluster']}"
        for pk, machine in models["virtualization.virtualmachine"].items()
    }
    assert {end for end in relations if end[1] is RelationType.DEPENDS_ON} == fed_by_panels(models) | powered(models)
    served = [one for end, one in relations.items() if end[2].startswith("circuit:")]
    assert served
    assert {one.provider_side for one in served} == {ProviderSide.TARGET}


def fed_by_panels(models: Models) -> set[tuple[str, RelationType, str]]:
    return {
        (f"dcim.powerfeed:{pk}", RelationType.DEPENDS_ON, f"dcim.powerpanel:{feed['power_panel']}")
        for pk, feed in models["dcim.powerfeed"].items()
    }


def powered(models: Models) -> set[tuple[str, RelationType, str]]:
    """The devices whose power ports are cabled to the outlet of another, each to one only in this inventory."""
    cables: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for end in models["dcim.cabletermination"].values():
        cables[end["cable"]].append((".".join(end["termination_type"]), end["termination_id"]))
    found = set()
    for ends in cables.values():
        devices = {model: models[model][pk].get("device") for model, pk in ends}
        if set(devices) == {"dcim.powerport", "dcim.poweroutlet"}:
            port, outlet = devices["dcim.powerport"], devices["dcim.poweroutlet"]
            found.add((f"dcim.device:{port}", RelationType.DEPENDS_ON, f"dcim.device:{outlet}"))
    return found


async def test_paired_feeds_protect_their_rack_and_nobody_confirmed_it(
    bench: Any, shared: Path, models: Models
) -> None:
    await bench.take("netbox", bench.copy(shared / "netbox"))
    names = await bench.names(ConfigurationItem)
    pairs: dict[int, set[str]] = defaultdict(set)
    for pk, feed in models["dcim.powerfeed"].items():
        pairs[feed["rack"]].add(f"dcim.powerfeed:{pk}")
    groups = await bench.all(RedundancyGroup)
    assert len(groups) == len(pairs) == 24
    for rack, feeds in pairs.items():
        group = groups[f"dcim.rack:{rack}/power feeds"]
        assert {names[member.ci_id] for member in group.members} == feeds
        assert [names[protected.ci_id] for protected in group.protected] == [f"dcim.rack:{rack}"]
        assert (group.min_up, group.is_assumed) == (1, True)


async def test_hosts_of_a_cluster_stand_in_for_each_other(bench: Any) -> None:
    entries = [
        {"model": "virtualization.cluster", "pk": 1, "fields": {"name": "alpha", "status": "active"}},
        {"model": "virtualization.cluster", "pk": 2, "fields": {"name": "beta", "status": "active"}},
        *(
            {"model": "dcim.device", "pk": pk, "fields": {"name": f"host{pk}", "cluster": cluster}}
            for pk, cluster in ((1, 1), (2, 1), (3, 2))
        ),
        {"model": "virtualization.virtualmachine", "pk": 1, "fields": {"name": "vm", "cluster": 1, "device": 2}},
        {"model": "dcim.device", "pk": 9},
    ]
    summary = await bench.take("netbox", bench.write("inventory.json", json.dumps(entries)))
    assert summary.first_rejects == ["inventory.json, line 7: fields: required"]
    names = await bench.names(ConfigurationItem)
    groups = await bench.all(RedundancyGroup)
    assert groups.keys() == {"virtualization.cluster:1/hosts"}
    members = groups["virtualization.cluster:1/hosts"].members
    assert {names[member.ci_id] for member in members} == {"dcim.device:1", "dcim.device:2"}
    async with bench.runtime.ports.snapshot() as snapshot:
        stored = await snapshot.find_all(Relation)
    assert {(names[one.source_id], one.type, names[one.target_id]) for one in stored} == {
        ("virtualization.cluster:2", RelationType.DEPENDS_ON, "dcim.device:3"),
        ("virtualization.virtualmachine:1", RelationType.RUNS_ON, "dcim.device:2"),
    }
