"""What stands on what in a NetBox inventory, and what stands in for each other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.imports.netbox_inventory import (
    CIRCUIT,
    CLUSTER,
    DEVICE,
    FEED,
    LOCATION,
    MACHINE,
    PANEL,
    RACK,
    SITE,
    Inventory,
    Key,
    Thing,
)
from api.imports.section import Item
from domain.ci.model import ProviderSide
from domain.ci.relations import RelationType
from domain.kernel.checks import LINE
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "netbox"
PLACES: Mapping[str, tuple[tuple[str, str], ...]] = {
    LOCATION: (("parent", LOCATION), ("site", SITE)),
    RACK: (("location", LOCATION), ("site", SITE)),
    DEVICE: (("rack", RACK), ("location", LOCATION), ("site", SITE)),
    PANEL: (("location", LOCATION), ("site", SITE)),
    CLUSTER: (("site", SITE),),
}
"""Where a thing is, the nearest first: field and model."""
NETWORK_PORTS = ("dcim.interface", "dcim.frontport", "dcim.rearport")
POWER_PORT, OUTLET, TERMINATION = "dcim.powerport", "dcim.poweroutlet", "circuits.circuittermination"
REDUNDANT = "redundant"


@dataclass(frozen=True, slots=True)
class Supply:
    """What keeps a thing going: any one of its providers is enough where there are several."""

    thing: Thing
    providers: tuple[Thing, ...]
    label: str

    @property
    def is_group(self) -> bool:
        """Whether the providers stand in for each other."""
        return len(self.providers) > 1


def relation_items(inventory: Inventory) -> Iterator[Item]:
    """Yield the relations of an inventory."""
    for model in PLACES:
        for placed in inventory.of_model(model):
            place = _place(inventory, placed)
            if place is not None:
                yield _relation(inventory, placed, RelationType.HOSTED_ON, place)
    for feed in inventory.of_model(FEED):
        panel = inventory.get(PANEL, feed.fields.get("power_panel"))
        if panel is not None:
            yield _relation(inventory, feed, RelationType.DEPENDS_ON, panel)
    for machine in inventory.of_model(MACHINE):
        fields = machine.fields
        host = inventory.get(DEVICE, fields.get("device")) or inventory.get(CLUSTER, fields.get("cluster"))
        if host is not None:
            yield _relation(inventory, machine, RelationType.RUNS_ON, host)
    for supply in supplies(inventory):
        if not supply.is_group:
            yield _relation(inventory, supply.thing, RelationType.DEPENDS_ON, supply.providers[0])
    yield from _connections(inventory)


def group_items(inventory: Inventory) -> Iterator[Item]:
    """Yield the redundancy groups of an inventory: one of each is enough, which nobody confirmed."""
    for supply in supplies(inventory):
        if supply.is_group:
            protected = inventory.external_id(supply.thing.key)
            values = {
                "external_id": f"{protected}/{supply.label}",
                "name": f"{supply.label.capitalize()} of {inventory.name(supply.thing.key)}"[:LINE],
                "members": [inventory.external_id(provider.key) for provider in supply.providers],
                "protected": [protected],
                "min_up": 1,
                "is_assumed": True,
                "source": SOURCE,
            }
            rows = (supply.thing.row, *(provider.row for provider in supply.providers))
            yield Item(Draft(Kind.GROUPS, values, tuple(row.line for row in rows)), rows)


def supplies(inventory: Inventory) -> Iterator[Supply]:
    """Yield what clusters, racks and devices are kept going by: hosts, power feeds, what their power cables lead to."""
    hosts: dict[Any, list[Thing]] = {}
    for device in inventory.of_model(DEVICE):
        hosts.setdefault(device.fields.get("cluster"), []).append(device)
    for cluster in inventory.of_model(CLUSTER):
        if cluster.key.pk in hosts:
            yield Supply(cluster, tuple(hosts[cluster.key.pk]), "hosts")
    feeds: dict[Any, list[Thing]] = {}
    for feed in inventory.of_model(FEED):
        feeds.setdefault(feed.fields.get("rack"), []).append(feed)
    for rack in inventory.of_model(RACK):
        yield from _feeding(rack, feeds.get(rack.key.pk, ()))
    for device_pk, sources in _power_cables(inventory).items():
        powered = inventory.get(DEVICE, device_pk)
        if powered is not None:
            yield Supply(powered, tuple(sources.values()), "power")


def _feeding(rack: Thing, feeds: Sequence[Thing]) -> Iterator[Supply]:
    """Yield the feeds of a rack together where one is called redundant, else each for itself."""
    if any(feed.fields.get("type") == REDUNDANT for feed in feeds):
        yield Supply(rack, tuple(feeds), "power feeds")
    else:
        yield from (Supply(rack, (feed,), "power feeds") for feed in feeds)


def _power_cables(inventory: Inventory) -> dict[Any, dict[Key, Thing]]:
    """Return the devices and feeds that the power ports of every device are cabled to."""
    found: dict[Any, dict[Key, Thing]] = {}
    for one, other in _cables(inventory):
        for port, source in ((one, other), (other, one)):
            if port.key.model == POWER_PORT:
                feed = source if source.key.model == FEED else None
                provider = feed or (
                    inventory.get(DEVICE, source.fields.get("device")) if source.key.model == OUTLET else None
                )
                if provider is not None:
                    found.setdefault(port.fields.get("device"), {})[provider.key] = provider
    return found


def _connections(inventory: Inventory) -> Iterator[Item]:
    """Yield what network cables join; a circuit that ends at a site without a cable there serves the site."""
    seen: set[frozenset[Key]] = set()
    for one, other in _cables(inventory):
        ends = [_end(inventory, port) for port in (one, other)]
        joined = [end for end in ends if end is not None]
        pair = frozenset(end.key for end in joined)
        if len(pair) == 2 and pair not in seen:
            seen.add(pair)
            thing, provider = sorted(joined, key=lambda end: end.key.model == CIRCUIT)
            yield _connection(inventory, thing, provider)
    for termination in inventory.of_model(TERMINATION):
        circuit = inventory.get(CIRCUIT, termination.fields.get("circuit"))
        site = inventory.get(SITE, termination.fields.get("site"))
        if circuit is not None and site is not None and frozenset({circuit.key, site.key}) not in seen:
            seen.add(frozenset({circuit.key, site.key}))
            yield _connection(inventory, site, circuit)


def _connection(inventory: Inventory, thing: Thing, provider: Thing) -> Item:
    side = {"provider_side": ProviderSide.TARGET} if provider.key.model == CIRCUIT else {}
    return _relation(inventory, thing, RelationType.CONNECTS_TO, provider, **side)


def _end(inventory: Inventory, port: Thing) -> Thing | None:
    if port.key.model in NETWORK_PORTS:
        return inventory.get(DEVICE, port.fields.get("device"))
    return inventory.get(CIRCUIT, port.fields.get("circuit")) if port.key.model == TERMINATION else None


def _cables(inventory: Inventory) -> Iterator[tuple[Thing, Thing]]:
    """Yield what every cable joins: each port of its end A with each of its end B."""
    ends: dict[Any, dict[str, list[Thing]]] = {}
    for termination in inventory.of_model("dcim.cabletermination"):
        fields = termination.fields
        port = inventory.get(_model(fields.get("termination_type")), fields.get("termination_id"))
        if port is not None:
            ends.setdefault(fields.get("cable"), {}).setdefault(str(fields.get("cable_end")), []).append(port)
    for end in ends.values():
        yield from ((one, other) for one in end.get("A", ()) for other in end.get("B", ()))


def _model(content_type: Any) -> str:
    """Return the model that a natural key names; a number means something only in the database it is from."""
    return ".".join(map(str, content_type)) if isinstance(content_type, list) else str(content_type)


def _place(inventory: Inventory, thing: Thing) -> Thing | None:
    for field, model in PLACES[thing.key.model]:
        place = inventory.get(model, thing.fields.get(field))
        if place is not None:
            return place
    return None


def _relation(inventory: Inventory, source: Thing, kind: RelationType, target: Thing, **values: Any) -> Item:
    said = {
        "source_id": inventory.external_id(source.key),
        "type": kind,
        "target_id": inventory.external_id(target.key),
        "source": SOURCE,
        **values,
    }
    return Item(Draft(Kind.RELATIONS, said, (source.row.line,)), (source.row,))
