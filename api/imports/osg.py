"""The preset `osg`: the topology and the downtimes of a computing grid, as OSG publishes them.

An inventory is one JSON object with `resource_groups` and `resources`; downtimes are CSV. How they are read is written
down in docs/import.md.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from api.imports.osg_downtimes import DOWNTIME_COLUMNS, downtime_items
from api.imports.rows import Reading, Row, begins_with, csv_rows, digest, json_document
from api.imports.section import Item, Options, Section
from domain.ci.model import SERVICE_CLASS, CiStatus
from domain.ci.relations import RelationType
from domain.kernel.errors import InvalidInput, Issue
from domain.usecases.importing_drafts import Draft, Kind

SOURCE = "osg"
CALENDAR = timedelta(days=30)
"""Without `--as-of`: how much of the end of the data is still ahead, so that there is a calendar to look at."""
PRODUCTION_TIER, TEST_TIER = 3, 4
"""Nobody says how critical a service is: production counts as the third of four tiers, the rest as the last."""


def osg_sections(paths: Sequence[Path], options: Options) -> list[Section]:
    """Return the sections of inventories and downtimes, inventories first."""
    files = [file for path in paths for file in (sorted(_data_files(path)) if path.is_dir() else [path])]
    inventories = [file for file in files if begins_with(file, b"{", b"[")]
    downtimes = [file for file in files if file not in inventories]
    return [*(_inventory(path) for path in inventories), *(_downtimes(path, options) for path in downtimes)]


def _data_files(folder: Path) -> Iterator[Path]:
    yield from folder.glob("*.json*")
    yield from (file for file in folder.glob("*.csv*") if not file.name.endswith(".rejects.csv"))


def _downtimes(path: Path, options: Options) -> Section:
    reading = Reading(path)
    next(csv_rows(reading), None)
    missing = sorted(DOWNTIME_COLUMNS - set(reading.columns))
    if missing:
        raise InvalidInput.at(str(path), f"holds no downtimes: the columns {', '.join(missing)} are missing")
    reading.rows = 0

    def items() -> Iterator[Item]:
        yield from downtime_items(list(csv_rows(reading)), options.as_of, CALENDAR)

    return Section(
        reading,
        digest([path], SOURCE, "downtimes", str(options.as_of)),
        items,
        {"targets": "resource", "cis": "resource", "external_id": "id"},
    )


def _inventory(path: Path) -> Section:
    reading = Reading(path)

    def items() -> Iterator[Item]:
        document = json_document(reading)
        groups, resources = _lists(path, document)
        reading.rows = len(groups) + len(resources)
        yield from _inventory_items(_rows(groups, resources))

    return Section(reading, digest([path], SOURCE, "inventory"), items, {"external_id": "resource"})


def _lists(path: Path, document: Any) -> tuple[list[Any], list[Any]]:
    if isinstance(document, dict):
        groups, resources = document.get("resource_groups"), document.get("resources")
        if isinstance(groups, list) and isinstance(resources, list):
            return groups, resources
    raise InvalidInput.at(str(path), "is no inventory: an object with the lists resource_groups and resources")


def _rows(groups: Sequence[Any], resources: Sequence[Any]) -> Iterator[tuple[str, Row]]:
    """Yield every entry with the noun it should have; its place in the document stands for a line."""
    for line, (noun, entry) in enumerate(
        [*(("resource_group", group) for group in groups), *(("resource", resource) for resource in resources)], start=1
    ):
        raw = (orjson.dumps(entry).decode(),)
        needed = (noun, "site", "facility") if noun == "resource_group" else (noun, "site", "resource_group")
        missing = [name for name in needed if not isinstance(entry, dict) or not _word(entry.get(name))]
        fault = f"{', '.join(missing)}: required" if missing else None
        yield noun, Row(line, {} if missing else entry, raw, fault)


def _inventory_items(rows: Iterator[tuple[str, Row]]) -> Iterator[Item]:
    entries = list(rows)
    groups = {row.cells["resource_group"]: row for noun, row in entries if noun == "resource_group" and not row.fault}
    resources = [row for noun, row in entries if noun == "resource" and not row.fault]
    for _, row in entries:
        if row.fault is not None:
            yield Item(Draft(Kind.CIS, {}, (row.line,), (Issue("", row.fault),)), (row,))
    yield from _support_centers(groups)
    yield from _places(groups)
    for row in resources:
        yield Item(_resource(row, groups.get(row.cells["resource_group"])), (row,))
    offers = _offers(resources)
    yield from _services(offers, groups)
    yield from _links(groups, resources)
    yield from _service_links(offers)


def _support_centers(groups: Mapping[str, Row]) -> Iterator[Item]:
    centers = sorted({center for row in groups.values() if (center := _word(row.cells.get("support_center")))})
    for center in centers:
        yield Item(Draft(Kind.TEAMS, {"external_id": f"support:{center}", "name": center}))


def _places(groups: Mapping[str, Row]) -> Iterator[Item]:
    facilities: dict[str, Row] = {}
    sites: dict[str, Row] = {}
    for row in groups.values():
        facilities.setdefault(row.cells["facility"], row)
        sites.setdefault(row.cells["site"], row)
    for name, row in facilities.items():
        yield Item(_ci(f"facility:{name}", name, "facility"), (row,))
    for name, row in sites.items():
        yield Item(_ci(f"site:{name}", name, "site", site=name), (row,))
    for name, row in groups.items():
        said = {"description": row.cells.get("description"), "production": row.cells.get("production")}
        values = _ci(f"group:{name}", name, "resource group", site=row.cells["site"], attributes=_known(said))
        yield Item(values, (row,))


def _resource(row: Row, group: Row | None) -> Draft:
    cells = row.cells
    services = _words(cells.get("services"))
    center = _word(group.cells.get("support_center")) if group is not None else None
    said = {
        "fqdn": cells.get("fqdn"),
        "description": cells.get("description"),
        "services": ", ".join(services),
        "osg_id": cells.get("id"),
    }
    return _ci(
        cells["resource"],
        cells["resource"],
        services[0] if services else "resource",
        site=cells["site"],
        status=CiStatus.RETIRED if cells.get("active") is False else CiStatus.IN_SERVICE,
        attributes=_known(said),
        **({"owner_team_id": f"support:{center}"} if center else {}),
    )


def _offers(resources: Sequence[Row]) -> dict[tuple[str, str], list[Row]]:
    """Return who offers which service in which resource group: those in use, or else all that once did."""
    offers: dict[tuple[str, str], list[Row]] = {}
    for row in resources:
        for service in _words(row.cells.get("services")):
            offers.setdefault((row.cells["resource_group"], service), []).append(row)
    in_use = {key: [row for row in rows if row.cells.get("active") is not False] for key, rows in offers.items()}
    return {key: in_use[key] or rows for key, rows in offers.items()}


def _services(offers: Mapping[tuple[str, str], list[Row]], groups: Mapping[str, Row]) -> Iterator[Item]:
    for (group, service), rows in offers.items():
        is_production = group in groups and groups[group].cells.get("production") is True
        tier = PRODUCTION_TIER if is_production else TEST_TIER
        draft = _ci(
            _service_id(group, service), f"{service} of {group}", SERVICE_CLASS, site=rows[0].cells["site"], tier=tier
        )
        yield Item(draft, (rows[0],))


def _links(groups: Mapping[str, Row], resources: Sequence[Row]) -> Iterator[Item]:
    """Yield where things stand: sites at facilities, resources at sites, resources in their groups."""
    sites: dict[str, Row] = {}
    for row in groups.values():
        sites.setdefault(row.cells["site"], row)
    for site, row in sites.items():
        yield _relation(f"site:{site}", RelationType.HOSTED_ON, f"facility:{row.cells['facility']}", row)
    for row in resources:
        cells = row.cells
        yield _relation(cells["resource"], RelationType.HOSTED_ON, f"site:{cells['site']}", row)
        if cells.get("active") is not False:
            yield _relation(cells["resource"], RelationType.MEMBER_OF, f"group:{cells['resource_group']}", row)


def _service_links(offers: Mapping[tuple[str, str], list[Row]]) -> Iterator[Item]:
    """Yield what services stand on: the one resource that offers it, or several that stand in for each other."""
    for (group, service), rows in offers.items():
        if len(rows) == 1:
            service_id = _service_id(group, service)
            yield _relation(service_id, RelationType.DEPENDS_ON, rows[0].cells["resource"], rows[0])
    for (group, service), rows in offers.items():
        if len(rows) > 1:
            service_id = _service_id(group, service)
            values = {
                "external_id": service_id,
                "name": f"{service} of {group}",
                "members": [row.cells["resource"] for row in rows],
                "protected": [service_id],
                "min_up": 1,
                "is_assumed": True,
                "source": SOURCE,
            }
            yield Item(Draft(Kind.GROUPS, values), tuple(rows))


def _service_id(group: str, service: str) -> str:
    return f"service:{group}/{service}"


def _relation(source: str, relation_type: RelationType, target: str, row: Row) -> Item:
    values = {"source_id": source, "type": relation_type, "target_id": target, "source": SOURCE}
    return Item(Draft(Kind.RELATIONS, values, (row.line,)), (row,))


def _ci(external_id: str, name: str, class_name: str, **values: Any) -> Draft:
    said = {"external_id": external_id, "name": name, "class_name": class_name, "source": SOURCE, **values}
    return Draft(Kind.CIS, said)


def _known(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value not in (None, "")}


def _word(cell: Any) -> str | None:
    return cell if isinstance(cell, str) and cell.strip() else None


def _words(cell: Any) -> list[str]:
    return list(dict.fromkeys(item for item in cell if _word(item))) if isinstance(cell, list) else []
