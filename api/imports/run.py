"""Running an import: sections in order, chunk by chunk, rejects written down, the whole summed up."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from api.imports.rejects import RejectFile, reason, reject_path, rows_of
from api.imports.rows import Row
from api.imports.section import Item, Section
from domain.kernel.actor import Actor
from domain.kernel.errors import Issue
from domain.ports import ImportProgress, Ports
from domain.usecases.importing import CHUNK, Importer
from domain.usecases.importing_drafts import Draft

SHOWN_REJECTS = 10


@dataclass(slots=True)
class Summary:
    """What an import did. Rows are read, ignored and rejected; records are created, updated or left unchanged."""

    read: int = 0
    ignored: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    resumed: int = 0
    reject_files: list[Path] = field(default_factory=list)
    first_rejects: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def take(self, progress: ImportProgress) -> None:
        """Add what became of the drafts of one section."""
        self.created += progress.created
        self.updated += progress.updated
        self.unchanged += progress.unchanged
        self.rejected += progress.rejected


@dataclass(frozen=True, slots=True)
class Run:
    """An import under way: through which ports, in whose name, who is told of every chunk, whether anything stays."""

    ports: Ports
    actor: Actor
    listen: Callable[[Section, ImportProgress], None]
    is_rehearsal: bool = False

    async def everything(self, sections: Sequence[Section]) -> Summary:
        """Import the sections in order and return what became of them."""
        began, summary = time.monotonic(), Summary()
        for section in sections:
            await self._section(section, summary)
            if not section.part:
                summary.read += section.reading.rows
                summary.ignored += section.reading.ignored
        summary.seconds = round(time.monotonic() - began, 3)
        return summary

    async def _section(self, section: Section, summary: Summary) -> None:
        importer = await Importer.open(self.ports, self.actor, section.source)
        path = None if self.is_rehearsal else reject_path(section.reading.path, section.part)
        rejects = RejectFile(path)
        if importer.progress.drafts_done and not rejects.holds(importer.progress.reject_bytes):
            await importer.start_over()
        if not importer.progress.drafts_done:
            rejects.clear()
        summary.resumed += importer.progress.drafts_done
        items = section.items()
        deque(islice(items, importer.progress.drafts_done), maxlen=0)
        self.listen(section, importer.progress)
        while chunk := list(islice(items, CHUNK)):
            noted = _Rejecting(section, chunk, rejects, importer, summary)
            await importer.run([item.draft for item in chunk], noted.reject)
            self.listen(section, importer.progress)
        await importer.finish()
        summary.take(importer.progress)
        if importer.progress.reject_bytes and path is not None:
            summary.reject_files.append(path)


@dataclass(frozen=True, slots=True)
class _Rejecting:
    """Where the rejects of one chunk go."""

    section: Section
    chunk: Sequence[Item]
    rejects: RejectFile
    importer: Importer
    summary: Summary

    def reject(self, rejected: Sequence[tuple[Draft, tuple[Issue, ...]]]) -> int:
        """Write down what was rejected and return how long the reject file is now."""
        rows = {item.draft.lines: item.rows for item in self.chunk}
        told: list[tuple[Row, str]] = []
        for draft, issues in rejected:
            why = reason(issues, self.section.columns)
            told += [(row, why) for row in rows_of(draft, rows.get(draft.lines, ()))]
        for row, why in told:
            self._show(f"{self.section.reading.path.name}, line {row.line}: {why}")
        return self.rejects.append(self.importer.progress.reject_bytes, self.section.reading.columns, told)

    def _show(self, told: str) -> None:
        shown = self.summary.first_rejects
        if len(shown) < SHOWN_REJECTS and told not in shown:
            shown.append(told)
