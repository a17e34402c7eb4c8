"""The objects of a NetBox inventory: which of them are configuration items, what they are called and where they are."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from api.imports.circuits import circuit_id
from api.imports.rows import Row
from domain.ci.model import CiStatus

SITE, LOCATION, RACK, DEVICE = "dcim.site", "dcim.location", "dcim.rack", "dcim.device"
PANEL, FEED = "dcim.powerpanel", "dcim.powerfeed"
CLUSTER, MACHINE, CIRCUIT = "virtualization.cluster", "virtualization.virtualmachine", "circuits.circuit"

NOUNS: Mapping[str, str] = {
    SITE: "site",
    LOCATION: "location",
    RACK: "rack",
    DEVICE: "device",
    PANEL: "power panel",
    FEED: "power feed",
    CLUSTER: "cluster",
    MACHINE: "virtual machine",
    CIRCUIT: "circuit",
}
"""What becomes a configuration item, and its class; a device has the class of its role."""
PLANNED = frozenset({"planned", "staging", "staged", "inventory", "provisioning", "available", "reserved"})
RETIRED = frozenset({"retired", "decommissioned", "deprecated"})
TOLD = ("description", "serial", "asset_tag", "facility", "position", "supply", "phase", "voltage", "amperage")
"""Fields that are kept as attributes under their own names."""
NAMED: Mapping[str, str] = {
    "provider": "circuits.provider",
    "tenant": "tenancy.tenant",
    "device_type": "dcim.devicetype",
    "type": "virtualization.clustertype",
}
"""Fields that refer to objects without an item of their own: their name is kept as an attribute."""


class Key(NamedTuple):
    """What an object is known by inside an inventory."""

    model: str
    pk: int | str


@dataclass(frozen=True, slots=True)
class Thing:
    """An object of the inventory and the entry it stands in."""

    key: Key
    fields: Mapping[str, Any]
    row: Row

    @property
    def status(self) -> CiStatus:
        """Where it is in its life: what neither is to come nor is gone is in service."""
        said = str(self.fields.get("status") or "")
        if said in PLANNED:
            return CiStatus.PLANNED
        return CiStatus.RETIRED if said in RETIRED else CiStatus.IN_SERVICE


class Inventory:
    """The objects of one inventory by model and key."""

    def __init__(self, models: Mapping[str, Mapping[int | str, Thing]]) -> None:
        self._models = models
        self._shared_cids = _repeated(str(thing.fields.get("cid")) for thing in self.of_model(CIRCUIT))

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Inventory":
        """Return the inventory of its entries."""
        models: dict[str, dict[int | str, Thing]] = {}
        for row in rows:
            key = Key(row.cells["model"], row.cells["pk"])
            models.setdefault(key.model, {})[key.pk] = Thing(key, row.cells["fields"], row)
        return cls(models)

    def of_model(self, model: str) -> Iterator[Thing]:
        """Yield the objects of a model in the order of the inventory."""
        yield from self._models.get(model, {}).values()

    def get(self, model: str, pk: Any) -> Thing | None:
        """Return an object, None where there is none."""
        return self._models.get(model, {}).get(pk) if isinstance(pk, int | str) else None

    def external_id(self, key: Key) -> str:
        """Return what an item is known by: model and key; a circuit by what its carrier calls it."""
        thing = self.get(*key)
        cid = str(thing.fields.get("cid") or "") if thing is not None and key.model == CIRCUIT else ""
        if not cid:
            return f"{key.model}:{key.pk}"
        if cid not in self._shared_cids or thing is None:
            return circuit_id(cid)
        provider = self.get("circuits.provider", thing.fields.get("provider"))
        return circuit_id(f"{_name(provider)}/{cid}")

    def name(self, key: Key) -> str:
        """Return what people call an item; a device may have no name."""
        thing = self.get(*key)
        said = (thing.fields.get("name") or thing.fields.get("cid")) if thing is not None else None
        if said or thing is None:
            return str(said or key.pk)
        return f"{_name(self.get('dcim.devicetype', thing.fields.get('device_type'))) or NOUNS[key.model]} {key.pk}"

    def class_name(self, thing: Thing) -> str:
        """Return the class of an item: of a device its role."""
        role = thing.fields.get("device_role", thing.fields.get("role"))
        said = _name(self.get("dcim.devicerole", role)) if thing.key.model == DEVICE else ""
        return said.lower() or NOUNS[thing.key.model]

    def attributes(self, thing: Thing) -> dict[str, Any]:
        """Return the free attributes of an item."""
        named = {
            field: _name(self.get(model, thing.fields.get(field)))
            for field, model in NAMED.items()
            if field != "type" or thing.key.model == CLUSTER
        }
        return {**{field: thing.fields.get(field) for field in TOLD}, **named, "status": thing.fields.get("status")}

    def site_name(self, thing: Thing) -> str:
        """Return the name of the site an item is at, as far as it says one."""
        if thing.key.model == SITE:
            return self.name(thing.key)
        holder = thing
        for field, model in (("power_panel", PANEL), ("rack", RACK)):
            holder = (self.get(model, thing.fields.get(field)) if holder is thing else None) or holder
        site = self.get(SITE, holder.fields.get("site"))
        return self.name(site.key) if site is not None else ""


def things(inventory: Inventory) -> Iterator[Thing]:
    """Yield what becomes a configuration item, what others stand on first."""
    for model in NOUNS:
        yield from inventory.of_model(model)


def _name(thing: Thing | None) -> str:
    if thing is None:
        return ""
    return str(thing.fields.get("name") or thing.fields.get("model") or thing.key.pk)


def _repeated(names: Iterable[str]) -> frozenset[str]:
    seen: set[str] = set()
    return frozenset(name for name in names if name in seen or seen.add(name))  # type: ignore[func-returns-value]
