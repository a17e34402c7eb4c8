"""The preset `netbox`: sites, racks, devices, power, virtual machines and circuits of a NetBox inventory.

The input is what its `manage.py dumpdata` prints: one JSON list of objects with `model`, `pk` and `fields`. What stands
on what becomes relations; hosts of a cluster, feeds of a rack and power supplies of a device that stand in for each
other become redundancy groups of which one is enough, which nobody confirmed.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from api.imports.drafts import faulty
from api.imports.netbox_inventory import NOUNS, Inventory, Thing, things
from api.imports.netbox_links import group_items, relation_items
from api.imports.rows import Reading, Row, digest, json_document
from api.imports.section import Item, Options, Section
from domain.kernel.errors import InvalidInput
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "netbox"
AUXILIARY = frozenset(
    {
        "circuits.provider",
        "circuits.circuittermination",
        "dcim.cabletermination",
        "dcim.devicerole",
        "dcim.devicetype",
        "dcim.frontport",
        "dcim.interface",
        "dcim.poweroutlet",
        "dcim.powerport",
        "dcim.rearport",
        "tenancy.tenant",
        "virtualization.clustertype",
    }
)
"""What is no item of its own, but says how items hang together or what they are."""


def netbox_sections(paths: Sequence[Path], _options: Options) -> list[Section]:
    """Return the sections of inventories."""
    return [_inventory(path) for path in (file for path in paths for file in _data_files(path))]


def _data_files(path: Path) -> list[Path]:
    return sorted(path.glob("*.json*")) if path.is_dir() else [path]


def _inventory(path: Path) -> Section:
    reading = Reading(path)

    def items() -> Iterator[Item]:
        document = json_document(reading)
        if not isinstance(document, list):
            raise InvalidInput.at(str(path), "is no inventory: a list of objects with model, pk and fields")
        reading.rows = len(document)
        rows = [_row(line, entry) for line, entry in enumerate(document, start=1)]
        yield from (faulty(Kind.CIS, row, "", row.fault) for row in rows if row.fault is not None)
        inventory = Inventory.of(row for row in rows if row.fault is None)
        reading.ignored = sum(row.fault is None and row.cells["model"] not in {*NOUNS, *AUXILIARY} for row in rows)
        yield from _ci_items(inventory)
        yield from relation_items(inventory)
        yield from group_items(inventory)

    return Section(reading, digest([path], SOURCE), items, {"external_id": "pk"})


def _row(line: int, entry: Any) -> Row:
    raw = (orjson.dumps(entry).decode(),)
    if not isinstance(entry, dict):
        return Row(line, {}, raw, "must be an object with model, pk and fields")
    missing = [
        name
        for name, kind in (("model", str), ("pk", int | str), ("fields", dict))
        if not isinstance(entry.get(name), kind)
    ]
    return Row(line, entry, raw, f"{', '.join(missing)}: required" if missing else None)


def _ci_items(inventory: Inventory) -> Iterator[Item]:
    for thing in things(inventory):
        yield Item(Draft(Kind.CIS, _values(thing, inventory), (thing.row.line,)), (thing.row,))


def _values(thing: Thing, inventory: Inventory) -> dict[str, Any]:
    values: dict[str, Any] = {
        "external_id": inventory.external_id(thing.key),
        "name": inventory.name(thing.key),
        "class_name": inventory.class_name(thing),
        "status": thing.status,
        "attributes": _known(inventory.attributes(thing)),
        "source": SOURCE,
    }
    site = inventory.site_name(thing)
    return {**values, "site": site} if site else values


def _known(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, "")}
