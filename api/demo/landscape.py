"""The whole estate: its parts put together, beside the business services on top."""

from collections.abc import Iterator, Mapping

from api.demo.applications import applications
from api.demo.databases import databases
from api.demo.dates import Timeline
from api.demo.estate import CiRow, Part, classes, configuration_items, redundancy_groups, relations
from api.demo.infrastructure import DATA_CENTRES, FIELD, PLATFORMS
from api.demo.register import Entry, Register
from api.demo.services import services
from api.demo.stale_corner import STALE_CORNER

PARTS: tuple[Part, ...] = (DATA_CENTRES, PLATFORMS, FIELD, applications(), databases(), STALE_CORNER)
ITEMS: Mapping[str, CiRow] = {row.name: row for part in PARTS for row in part.items}


def landscape(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield classes, services, configuration items, relations and redundancy groups."""
    yield from classes(register)
    yield from services(register, timeline)
    yield from configuration_items(register, timeline, PARTS)
    yield from relations(register, timeline, PARTS)
    yield from redundancy_groups(register, timeline, PARTS)
