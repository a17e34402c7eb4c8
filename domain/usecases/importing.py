"""Import: drafts of records in chunks, each chunk one transaction with its events and how far the import has come.

A draft is what one row of an input says of one record. What holds for a business verb holds for a draft: the same
rules are asked. A draft that breaks one is rejected with its reason and stops nothing. A record is known again by its
external id or its number, so an import repeated changes nothing; broken off, it goes on where it was.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.kernel.actor import Actor
from domain.kernel.errors import InvalidInput, Issue, Refusal
from domain.ports import ImportProgress, Ports
from domain.usecases.importing_changes import CHANGES, WINDOWS
from domain.usecases.importing_configuration import CIS, GROUPS
from domain.usecases.importing_drafts import Draft, Kind, Outcome, Rejected, Saved
from domain.usecases.importing_people import PEOPLE, TEAMS
from domain.usecases.importing_recipe import Recipe, load_drafts
from domain.usecases.importing_relations import load_relations
from domain.usecases.importing_tickets import INCIDENTS, PROBLEMS
from domain.usecases.importing_words import Words

CHUNK = 1_000
"""Drafts per transaction: a writer beside the import waits for no more than these."""

RECIPES: dict[Kind, Recipe] = {
    Kind.PEOPLE: PEOPLE,
    Kind.TEAMS: TEAMS,
    Kind.CIS: CIS,
    Kind.GROUPS: GROUPS,
    Kind.INCIDENTS: INCIDENTS,
    Kind.PROBLEMS: PROBLEMS,
    Kind.CHANGES: CHANGES,
    Kind.WINDOWS: WINDOWS,
}

Reject = Callable[[Sequence[tuple[Draft, tuple[Issue, ...]]]], int]
"""Takes the drafts of a chunk that were rejected, keeps them safe and returns how long the reject file is now."""


@dataclass(slots=True)
class Importer:
    """The import of one source. `actor` answers for it; `words` are the references seen so far."""

    ports: Ports
    actor: Actor
    source: str
    progress: ImportProgress
    words: Words

    @classmethod
    async def open(cls, ports: Ports, actor: Actor, source: str) -> "Importer":
        """Return the import of a source, at the place where it was broken off if it was."""
        async with ports.work(actor) as work:
            progress = await work.imports.progress(source)
        return cls(ports, actor, source, progress or ImportProgress(), Words())

    async def start_over(self) -> None:
        """Forget how far the source had come, e.g. because what it rejected is no longer there to be read."""
        self.progress = ImportProgress()
        await self._forget()

    async def run(self, drafts: Sequence[Draft], reject: Reject) -> None:
        """Write one chunk: all of it, or one draft at a time where the record refuses it as a whole."""
        try:
            outcomes = await self._load(drafts, reject, self.progress)
        except Refusal:
            self.words.forget()
            for draft in drafts:
                await self._run_alone(draft, reject)
        else:
            self.progress = outcomes

    async def finish(self) -> None:
        """Forget the progress: the source has come to its end, and the next import of it begins anew."""
        await self._forget()
        await self.ports.wake()

    async def _forget(self) -> None:
        async with self.ports.work(self.actor) as work:
            await work.imports.forget(self.source)
            await work.commit()

    async def _run_alone(self, draft: Draft, reject: Reject) -> None:
        try:
            self.progress = await self._load([draft], reject, self.progress)
        except Refusal as refusal:
            self.words.forget()
            issues = refusal.issues if isinstance(refusal, InvalidInput) else (Issue("", refusal.message),)
            self.progress = await self._load([replace(draft, faults=issues)], reject, self.progress)

    async def _load(self, drafts: Sequence[Draft], reject: Reject, before: ImportProgress) -> ImportProgress:
        """Write drafts with their events and the progress in one transaction; rejects are safe before it commits."""
        async with self.ports.work(self.actor) as work:
            outcomes: list[Outcome] = []
            for kind, some in _runs(drafts):
                if kind is Kind.RELATIONS:
                    outcomes += await load_relations(work, some, self.words)
                else:
                    outcomes += await load_drafts(work, RECIPES[kind], some, self.words)
            rejected = [
                (draft, outcome.issues)
                for draft, outcome in zip(drafts, outcomes, strict=True)
                if isinstance(outcome, Rejected)
            ]
            after = replace(
                before,
                drafts_done=before.drafts_done + len(drafts),
                created=before.created + outcomes.count(Saved.CREATED),
                updated=before.updated + outcomes.count(Saved.UPDATED),
                unchanged=before.unchanged + outcomes.count(Saved.UNCHANGED),
                rejected=before.rejected + len(rejected),
                reject_bytes=reject(rejected),
            )
            await work.imports.keep(self.source, after)
            await work.commit()
        await self.ports.wake()
        return after


def _runs(drafts: Sequence[Draft]) -> list[tuple[Kind, list[Draft]]]:
    """Return the drafts in order, cut where their kind changes."""
    runs: list[tuple[Kind, list[Draft]]] = []
    for draft in drafts:
        if not runs or runs[-1][0] is not draft.kind:
            runs.append((draft.kind, []))
        runs[-1][1].append(draft)
    return runs
