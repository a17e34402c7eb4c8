"""The port `ImpactGraph` over a copy of relations and redundancy groups in memory, kept current from the log.

A walk over tables costs a round of statements per level; a walk over the copy costs one statement, which asks what
the log has seen since. A question never meets a copy that is half changed: it is replaced, never written to.
"""

import asyncio
import gc
from collections.abc import Collection
from datetime import datetime

from domain.ci.topology import Closure, ImpactLimits
from domain.kernel.time import Clock
from graph import traversal
from graph.copied_rows import CopiedRows, Copy
from graph.derived_impacts import DerivedImpacts
from graph.sql_graph import Edits, RelayBehind, SqlGraph


class RememberedGraph:
    """The port `ImpactGraph` over the copy once it is loaded, over the tables until then."""

    def __init__(self, tables: SqlGraph, clock: Clock, limits: ImpactLimits | None = None) -> None:
        self._tables, self._clock, self._limits = tables, clock, limits or ImpactLimits()
        self.name = tables.name
        self._present: DerivedImpacts | None = None
        self._turn = asyncio.Lock()

    async def load(self) -> None:
        """Read every relation and group and derive what they mean now: seconds for hundreds of thousands.

        It goes on a part at a time, so that nobody else waits.
        """
        edits = await self._tables.edits()
        copy = Copy() if edits is None else await asyncio.to_thread(Copy().edited, edits)
        present = await asyncio.to_thread(DerivedImpacts.of, copy, self._clock.now())
        await present.fill()
        self._present = present
        self.name = "memory"
        gc.freeze()  # what stays for good need not be looked through by every collection

    async def closure(self, seeds: Collection[str], *, as_of: datetime, hard_only: bool = False) -> Closure:
        """Return everything reachable from the seeds; past a limit it stops after the level that passed it."""
        derived = await self._derived_at(as_of)
        if derived is None:
            return await self._tables.closure(seeds, as_of=as_of, hard_only=hard_only)
        return await derived.closure(seeds, self._limits, hard_only=hard_only)

    async def upstream(self, ci_ids: Collection[str], *, as_of: datetime) -> frozenset[str]:
        """Return every CI from which one of these can be reached, themselves included."""
        derived = await self._derived_at(as_of)
        if derived is None:
            return await self._tables.upstream(ci_ids, as_of=as_of)
        return await traversal.upstream(CopiedRows(derived.copy, as_of), ci_ids)

    async def _derived_at(self, as_of: datetime) -> DerivedImpacts | None:
        """Return what everything that is committed by now means at an instant.

        None before the copy is loaded, and while the relay is too far behind for it to follow.
        """
        if self._present is None:
            return None
        async with self._turn:
            present = self._present
            try:
                edits = await self._tables.edits(present.copy.position)
            except RelayBehind:
                return None
            if edits is not None:
                present = self._present = await asyncio.to_thread(_edited, present, max(as_of, present.since), edits)
            if present.holds_at(as_of):
                return present
            found = await asyncio.to_thread(present.at, as_of)
            if as_of >= present.since:
                self._present = found
            return found


def _edited(present: DerivedImpacts, as_of: datetime, edits: Edits) -> DerivedImpacts:
    return present.edited(as_of, present.copy.edited(edits), edits.relations, edits.groups)
