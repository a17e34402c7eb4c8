"""Fields that ask an engine: of one record, of some configuration items, of all that waits for a board."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from api.answers import Listed, built, engine
from api.ids import decode_id
from api.lookahead import Asking, Selected
from api.types.cause import cause_ledger_row
from api.types.conflict_group import conflict_group_row
from api.types.impact import impact_row
from api.types.planning import proposal_row
from api.types.slot import free_slots_row
from domain.kernel.checks import refuse
from domain.kernel.errors import InvalidInput, Issue
from domain.kernel.page import MOST, Listing, Row
from domain.usecases.causes import candidate_causes
from domain.usecases.conflicts import grouped_conflicts
from domain.usecases.planning import propose_plan
from domain.usecases.preview import impact_of, impact_of_change, slots_of


@dataclass(frozen=True, slots=True)
class _OfRecord:
    """What an engine says of each parent."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The parent's id."""
        return ("id",)


@dataclass(frozen=True, slots=True)
class ImpactOfChange(_OfRecord):
    """What the targets of a change reach, step by step."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one impact per change."""
        async with engine(asking, parents) as ports:
            found = [await impact_of_change(ports, asking.actor, row["id"]) for row in parents]
        return await built(asking, selected, [impact_row(estate, ports.graph.name, at) for estate, at in found])


@dataclass(frozen=True, slots=True)
class ImpactOfItem(_OfRecord):
    """What a failure of a configuration item reaches."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one impact per configuration item."""
        async with engine(asking, parents) as ports:
            found = [await impact_of(ports, asking.actor, [row["id"]]) for row in parents]
        return await built(asking, selected, [impact_row(estate, ports.graph.name, at) for estate, _, at in found])


MOST_SLOTS = 20


@dataclass(frozen=True, slots=True)
class SlotsOfChange(_OfRecord):
    """When a change could be made."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one search per change, None while it has no targets."""
        offered = selected.arguments["first"]
        if not 1 <= offered <= MOST_SLOTS:
            raise InvalidInput.at("first", f"must lie between 1 and {MOST_SLOTS}")
        async with engine(asking, parents) as ports:
            found = [await slots_of(ports, asking.actor, row["id"], offered) for row in parents]
        return await built(asking, selected, [None if slots is None else free_slots_row(slots) for slots in found])


@dataclass(frozen=True, slots=True)
class ConflictGroups(_OfRecord):
    """The conflicts of a change as people read them."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one connection per change."""
        async with engine(asking, parents) as ports:
            found = [await grouped_conflicts(ports, asking.actor, row["id"]) for row in parents]
        rows: list[Row] = [{"groups": [conflict_group_row(group) for group in groups]} for groups in found]
        return await Listed("groups").fetch(asking, rows, selected)


@dataclass(frozen=True, slots=True)
class CausesOfIncident(_OfRecord):
    """Which change an incident may come from."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return one ledger per incident."""
        async with engine(asking, parents) as ports:
            found = [await candidate_causes(ports, asking.actor, row["id"]) for row in parents]
        return await built(asking, selected, [cause_ledger_row(ledger) for ledger in found])


@dataclass(frozen=True, slots=True)
class _OfRecordAsAWhole:
    """What an engine says without a parent: a root field."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()


@dataclass(frozen=True, slots=True)
class ImpactOfItems(_OfRecordAsAWhole):
    """What a failure of all the configuration items referred to reaches."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one impact."""
        ci_ids = await _referred(asking, selected.arguments["of"])
        async with engine(asking) as ports:
            estate, _, position = await impact_of(ports, asking.actor, ci_ids)
        return await built(asking, selected, [impact_row(estate, ports.graph.name, position) for _ in parents])


@dataclass(frozen=True, slots=True)
class PlanProposal(_OfRecordAsAWhole):
    """Where every waiting change would be heard."""

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one plan."""
        async with engine(asking) as ports:
            proposals = await propose_plan(ports, asking.actor)
        row: Row = {"proposals": [proposal_row(proposal) for proposal in proposals]}
        return await built(asking, selected, [row for _ in parents])


async def _referred(asking: Asking, references: Sequence[dict[str, str]]) -> list[str]:
    """Return the ids of configuration items; `InvalidInput` names every reference to none."""
    if not 1 <= len(references) <= MOST:
        raise InvalidInput.at("of", f"takes 1 to {MOST} configuration items")
    wanted = [
        ("id", decode_id(text, "ConfigurationItem", f"of.{place}.id")) if key == "id" else ("external_id", text)
        for place, reference in enumerate(references)
        for key, text in reference.items()
    ]
    known: dict[tuple[str, str], str] = {}
    for column in ("id", "external_id"):
        values = sorted({value for name, value in wanted if name == column})
        page = await asking.reads.page("ci", ("id", column), Listing(where={column: {"in": values}}, first=MOST))
        known |= {(column, row[column]): row["id"] for row in page.rows}
    refuse(
        Issue(f"of.{place}", "there is no such configuration item")
        for place, key in enumerate(wanted)
        if key not in known
    )
    return sorted({known[key] for key in wanted})
