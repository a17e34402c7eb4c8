"""`headwater import`: real input, with progress while it runs and a summary at the end."""

import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from api.cli.output import complain, print_json, say, table
from api.cli.session import DatabaseOption, JsonOption, database_url, instant_of, opened, run
from api.imports.presets import PRESETS, sections_of
from api.imports.run import Run, Summary
from api.imports.section import Alternatives, Options, Section
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput
from domain.kernel.ids import random_ids
from domain.ports import ImportProgress, Ports
from domain.store.rehearsal import rehearsal
from domain.store.settings import sqlite_file
from domain.usecases.fitting import FitAtLoad, activate_fit_at_load
from domain.usecases.importing_drafts import Kind

REJECTED = 1


def import_(  # noqa: PLR0917 - typer turns every parameter into an argument or option
    preset: Annotated[str, typer.Argument(metavar="PRESET", help=f"One of {', '.join(PRESETS)}.")],
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders of a preset.")],
    kind: Annotated[str | None, typer.Option(help=f"Of csv, jsonl and bpi2013: one of {', '.join(Kind)}.")] = None,
    names: Annotated[
        list[str] | None, typer.Option("--map", metavar="THEIRS=OURS", help="What a foreign column is; repeatable.")
    ] = None,
    alternatives: Annotated[str, typer.Option(help="Of debian: how `a | b` counts, plain or groups.")] = "plain",
    as_of: Annotated[
        str | None, typer.Option("--as-of", metavar="INSTANT", help="Of osg: what starts from then on is ahead.")
    ] = None,
    time_zone: Annotated[
        str, typer.Option("--time-zone", metavar="ZONE", help="Of bpi2014 and uci: the zone of their local times.")
    ] = "UTC",
    is_rehearsal: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    is_fitted: Annotated[
        bool,
        typer.Option("--activate-fit", help="Then fit the risk to the record, and put the fit to use if calibrated."),
    ] = False,
    is_json: JsonOption = False,
    database: DatabaseOption = None,
) -> None:
    """Take in records from files. What is known already is updated; repeated, an import changes nothing."""
    warned: set[str] = set()

    def warn(text: str) -> None:
        if text not in warned:
            warned.add(text)
            complain(text)

    if is_fitted and is_rehearsal:
        raise InvalidInput.at("--activate-fit", "goes with no --dry-run: nothing is there to be fitted to")
    options = Options(
        warn=warn,
        kind=_choice(Kind, kind, "--kind"),
        names=_names(names or []),
        alternatives=_choice(Alternatives, alternatives, "--alternatives"),
        as_of=None if as_of is None else instant_of(as_of),
        time_zone=time_zone,
    )
    summary, fit = run(_import(preset, paths, options, database, is_rehearsal, is_fitted=is_fitted))
    _report(summary, fit, is_json, is_rehearsal)
    if summary.rejected:
        raise typer.Exit(REJECTED)


def _choice(words: Any, said: str | None, option: str) -> Any:
    if said is None:
        return None
    try:
        return words(said.lower())
    except ValueError as unknown:
        raise InvalidInput.at(option, f"must be one of {', '.join(words)}") from unknown


def _names(mappings: Sequence[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for mapping in mappings:
        theirs, sign, ours = mapping.rpartition("=")
        if not sign or not theirs.strip() or not ours.strip():
            raise InvalidInput.at("--map", f"'{mapping}' must be THEIRS=OURS")
        names[theirs.strip()] = ours.strip()
    return names


async def _import(
    preset: str, paths: Sequence[Path], options: Options, database: str | None, is_rehearsal: bool, *, is_fitted: bool
) -> tuple[Summary, FitAtLoad | None]:
    sections = sections_of(preset, paths, options)
    async with _ports(database, is_rehearsal) as ports:
        with _progress(sections) as listen:
            summary = await Run(ports, SYSTEM, listen, is_rehearsal).everything(sections)
        return summary, await activate_fit_at_load(ports, SYSTEM) if is_fitted else None


@asynccontextmanager
async def _ports(database: str | None, is_rehearsal: bool) -> AsyncIterator[Ports]:
    if not is_rehearsal:
        async with opened(database, is_new_fine=True) as runtime:
            yield runtime.ports
        return
    with TemporaryDirectory() as folder:
        url = database_url(database)
        file = sqlite_file(url)
        is_absent = file is not None and not file.exists()
        async with opened(f"sqlite:///{folder}/rehearsal.db" if is_absent else url, is_new_fine=True) as runtime:
            ids = random_ids(runtime.ports.clock)
            async with rehearsal(runtime.database, runtime.ports.clock, ids) as work:
                yield replace(runtime.ports, work=work)


class _Bar:
    """A progress bar over the bytes of the files, with the rate of rows."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[int, TaskID] = {}

    def listen(self, section: Section, progress: ImportProgress) -> None:
        name = f"{section.reading.path.name} {section.part}".strip()
        if id(section) not in self._tasks:
            self._tasks[id(section)] = self._progress.add_task(name, total=section.reading.size, rate="")
        task = self._tasks[id(section)]
        elapsed = self._progress.tasks[task].elapsed or 0.0
        rate = f"{progress.drafts_done / elapsed:,.0f} records/s" if elapsed > 1 else ""
        position = section.reading.position or section.reading.size
        self._progress.update(task, completed=position, rate=rate)


@contextmanager
def _progress(sections: Sequence[Section]) -> Iterator[Any]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    is_shown = sys.stderr.isatty() and bool(sections)
    with Progress(*columns, console=Console(stderr=True), disable=not is_shown) as progress:
        yield _Bar(progress).listen


def _report(summary: Summary, fit: FitAtLoad | None, is_json: bool, is_rehearsal: bool) -> None:
    for told in summary.first_rejects:
        complain(f"rejected {told}")
    if summary.rejected > len(summary.first_rejects):
        complain(f"rejected {summary.rejected} in all")
    files = [str(path) for path in summary.reject_files]
    if is_json:
        print_json(
            {
                "read": summary.read,
                "created": summary.created,
                "updated": summary.updated,
                "unchanged": summary.unchanged,
                "rejected": summary.rejected,
                "rejectFile": files[0] if files else None,
                "rejectFiles": files,
                "ignored": summary.ignored,
                "resumed": summary.resumed,
                "dryRun": is_rehearsal,
                "seconds": summary.seconds,
                "riskFit": None if fit is None else {"number": fit.number, "told": fit.told},
            }
        )
        return
    rate = 60 * summary.read / summary.seconds if summary.seconds else 0.0
    counts = ("read", "ignored", "created", "updated", "unchanged", "rejected", "resumed")
    rows = [(name, f"{getattr(summary, name):,}") for name in counts if getattr(summary, name) or name == "read"]
    title = "Import, as a rehearsal: nothing was written" if is_rehearsal else "Import"
    table(title, ("", "count"), [*rows, ("seconds", f"{summary.seconds:.1f}"), ("rows a minute", f"{rate:,.0f}")])
    if fit is not None:
        say(f"Risk: {fit.told}.")
    for file in files:
        complain(f"the rejected rows and why are in {file}")
