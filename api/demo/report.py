"""The report of the demo: the estate in a few lines, three changes, and the next agenda. The same bytes every time."""

from collections.abc import Iterator
from datetime import datetime
from typing import TextIO

from rich.console import RenderableType

from api.demo.agenda_report import agenda_section
from api.demo.briefing import Briefing, Overview, brief
from api.demo.change_report import change_section
from api.demo.dates import ZONE_NAME
from api.demo.tables import line, print_parts, table, title
from api.demo.wording import CONFLICT_WORDS, moment
from domain.ports import Ports
from domain.risk.params import RiskParams

BANK = "Nordhafen Bank"


async def print_report(ports: Ports, seed: int, as_of: datetime, out: TextIO) -> None:
    """Print the report on the record as it is."""
    briefing = await brief(ports)
    print_parts(_parts(briefing, seed, as_of), out)


def _parts(briefing: Briefing, seed: int, as_of: datetime) -> Iterator[RenderableType]:
    yield title(f"{BANK}, as of {moment(as_of)} ({ZONE_NAME}), seed {seed}")
    yield from _overview(briefing.overview)
    for story in briefing.stories:
        yield from change_section(story, briefing.names)
    yield from agenda_section(briefing.agenda, briefing.names)


def _overview(overview: Overview) -> Iterator[RenderableType]:
    tiers = ", ".join(f"{count} of tier {tier}" for tier, count in sorted(overview.services_by_tier.items()))
    services = sum(overview.services_by_tier.values())
    yield line(f"{services} business services ({tiers})")
    yield line(f"{overview.items} configuration items and {overview.relations} relations beneath them")
    yield line(f"{overview.incidents} incidents and {overview.past_changes} closed changes of two years")
    yield line(_weights(overview.params))
    yield line(f"{overview.open_changes} open changes with {sum(overview.conflicts.values())} conflicts:")
    rows = [(words, str(overview.conflicts.get(code, 0))) for code, words in CONFLICT_WORDS.items()]
    yield table(("Conflict", ">Open"), [row for row in rows if row[1] != "0"])


def _weights(params: RiskParams) -> str:
    if not params.matured_changes:
        return "Risk by the shipped weights; --activate-fit fits them to the two years (extra `solver`)"
    return f"Risk by weights fitted to {params.matured_changes} changes of which {params.positive_changes} went wrong"
