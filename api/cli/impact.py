"""`headwater impact`: what the failure of configuration items takes along, by service and with the way there."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from api.cli.output import print_json, say, table
from api.cli.session import AsOfOption, DatabaseOption, JsonOption, ci_meant, instant_of, opened, run
from domain.ci.impact import ImpactedCi
from domain.ci.model import ConfigurationItem
from domain.ci.topology import AnsweredBy
from domain.kernel.actor import SYSTEM
from domain.ports import Ports, Snapshot
from domain.usecases.footprints import Estate
from domain.usecases.preview import impact_of

SHOWN_OTHERS = 20


@dataclass(frozen=True, slots=True)
class Reached:
    """What was asked for, what it reaches, and who everybody on the ways is."""

    targets: tuple[ConfigurationItem, ...]
    estate: Estate
    cis: Mapping[str, ConfigurationItem]
    answered_by: AnsweredBy
    position: int

    @property
    def impacted(self) -> list[ImpactedCi]:
        """What is reached beside the targets, worst first."""
        asked = {ci.id for ci in self.targets}
        found = [ci for ci in self.estate.impact.impacted.values() if ci.id not in asked]
        return sorted(found, key=lambda ci: (-ci.q, ci.distance, self.cis[ci.id].name, ci.id))


def impact(
    references: Annotated[list[str], typer.Argument(metavar="CI...", help="External ids, names or ids.")],
    is_json: JsonOption = False,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
) -> None:
    """Show what is hit when these configuration items fail together."""
    reached = run(_reached(database, references, as_of))
    if is_json:
        print_json(_answer(reached))
    else:
        _print(reached)


async def _reached(database: str | None, references: list[str], as_of: str | None) -> Reached:
    moment = None if as_of is None else instant_of(as_of)
    async with opened(database) as runtime:
        if moment is None:
            return await _walk(runtime.ports, references)
        async with runtime.known_at(moment, with_findings=False) as ports:
            return await _walk(ports, references)


async def _walk(ports: Ports, references: list[str]) -> Reached:
    async with ports.snapshot() as snapshot:
        found = {ci.id: ci for ci in [await ci_meant(snapshot, reference) for reference in references]}
        estate, _, position = await impact_of(ports, SYSTEM, sorted(found))
        on_ways = {ci_id for ci in estate.impact.impacted.values() for ci_id in (ci.id, *ci.path)}
        answered = estate.answered_by or AnsweredBy(ports.graph.name)
        return Reached(
            targets=tuple(found.values()),
            estate=estate,
            cis=await _cis(snapshot, on_ways | found.keys()),
            answered_by=answered,
            position=position if answered.lacks_after is None else answered.lacks_after,
        )


async def _cis(snapshot: Snapshot, ci_ids: set[str]) -> dict[str, ConfigurationItem]:
    return {ci.id: ci for ci in await snapshot.find_all(ConfigurationItem, id=sorted(ci_ids))}


def _print(reached: Reached) -> None:
    asked = ", ".join(ci.name for ci in reached.targets)
    if reached.estate.impact.truncated:
        say(f"{asked}: too much is reached to walk ({reached.estate.impact.reached_nodes:,} items): treat it as all.")
        return
    impacted = reached.impacted
    services = [ci for ci in impacted if ci.id in reached.estate.services]
    others = [ci for ci in impacted if ci.id not in reached.estate.services]
    say(f"{asked}: {len(services)} services and {len(others)} other items are hit.")
    for tier in range(1, 5):
        of_tier = [ci for ci in services if reached.estate.services[ci.id].tier == tier]
        if of_tier:
            _table(f"Services of tier {tier}", of_tier, reached)
    if others:
        shown = others[:SHOWN_OTHERS]
        more = f", the first {SHOWN_OTHERS} of {len(others)}" if len(others) > SHOWN_OTHERS else ""
        _table(f"Other items{more}", shown, reached)


def _table(title: str, impacted: list[ImpactedCi], reached: Reached) -> None:
    rows = [(reached.cis[ci.id].name, ci.state.value, f"{ci.q:.2f}", _spare(ci), _way(ci, reached)) for ci in impacted]
    table(title, ("item", "state", "q", "redundancy", "way"), rows, right=("q",))


def _spare(ci: ImpactedCi) -> str:
    return "" if ci.redundancy_before is None else f"{ci.redundancy_before} to {ci.redundancy_after}"


def _way(ci: ImpactedCi, reached: Reached) -> str:
    return " > ".join(reached.cis[ci_id].name for ci_id in ci.path)


def _answer(reached: Reached) -> dict[str, Any]:
    return {
        "targets": [_named(ci) for ci in reached.targets],
        "truncated": reached.estate.impact.truncated,
        "engine": reached.answered_by.engine,
        "position": reached.position,
        "stale": reached.answered_by.lacks_after is not None,
        "reached_nodes": reached.estate.impact.reached_nodes,
        "impacted": [_hit(ci, reached) for ci in reached.impacted],
        "services": [
            {**_hit(ci, reached), "tier": reached.estate.services[ci.id].tier}
            for ci in reached.impacted
            if ci.id in reached.estate.services
        ],
    }


def _hit(ci: ImpactedCi, reached: Reached) -> dict[str, Any]:
    return {
        **_named(reached.cis[ci.id]),
        "state": ci.state.value,
        "q": ci.q,
        "distance": ci.distance,
        "path": list(ci.path),
        "redundancy_before": ci.redundancy_before,
        "redundancy_after": ci.redundancy_after,
        "confidence": ci.confidence,
    }


def _named(ci: ConfigurationItem) -> dict[str, Any]:
    return {"id": ci.id, "external_id": ci.external_id, "name": ci.name, "class": ci.class_name}
