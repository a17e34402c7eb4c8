"""The bench estate as a database: built once into `bench/out/`, then copied for every run that may write."""

import asyncio
import hashlib
import random
import shutil
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa

from bench import configuration, plan
from bench.configuration import CLASSES, Row, in_chunks
from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.ports import Ports
from domain.store import tables as t
from domain.usecases import footprints
from domain.usecases.assessment import Session, Walk, walk_estate
from domain.usecases.reassessment import footprint_row
from domain.usecases.risk_facts import LastingFacts
from domain.usecases.surroundings import Surroundings
from workers.runtime import Runtime

OUT = Path(__file__).parent / "out"
SEED = 20_261_123
BATCH = 250
SOURCES = tuple(str(module.__file__) for module in (configuration, plan, footprints))


def estate() -> Path:
    """Return the file of the estate, built if it is not there yet."""
    OUT.mkdir(exist_ok=True)
    path = OUT / f"estate-{_fingerprint()}.db"
    if not path.exists():
        started = time.perf_counter()
        print("Building the estate (once) ...", flush=True)
        draft = OUT / "draft.db"
        remove(draft)
        asyncio.run(_build(draft))
        for former in OUT.glob("estate-*.db"):
            remove(former)
        draft.rename(path)
        print(f"... {time.perf_counter() - started:.0f} s, {path.stat().st_size / 2**20:.0f} MiB", flush=True)
    return path


def working_copy(name: str) -> Path:
    """Return a copy of the estate that may be written to, under a name of its own."""
    copy = OUT / f"run-{name}.db"
    remove(copy)
    shutil.copy(estate(), copy)
    return copy


def remove(database: Path) -> None:
    for path in (database, *database.parent.glob(f"{database.name}-*")):
        path.unlink(missing_ok=True)


async def open_runtime(database: Path) -> Runtime:
    """Return a runtime over a copy of the estate, on the estate's clock; no worker runs."""
    return await Runtime.open(f"sqlite:///{database}", clock=FixedClock(plan.NOW))


def _fingerprint() -> str:
    versions = sorted((Path(str(t.__file__)).parents[1] / "migrations" / "versions").glob("*.py"))
    content = b"".join(path.read_bytes() for path in (*map(Path, SOURCES), *versions))
    return hashlib.sha256(content).hexdigest()[:12]


async def _build(path: Path) -> None:
    runtime = await open_runtime(path)
    await asyncio.to_thread(_fill, path)
    print("... every row is there; the footprints of the open changes", flush=True)
    await runtime.graph.load()
    await _store_footprints(runtime.ports)
    await runtime.stop()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
        broken = connection.execute("PRAGMA foreign_key_check").fetchone()
        if broken is not None:
            raise ValueError(f"the estate breaks a foreign key: {broken}")


def _fill(path: Path) -> None:
    """Insert every row; the order does not matter to a connection that leaves foreign keys to the check at the end."""
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA synchronous=OFF")
        for table, rows in drawn():
            connection.execute(sa.insert(table), rows)
    engine.dispose()


def drawn() -> Iterator[tuple[sa.Table, list[Row]]]:
    """Yield the rows of the estate, some thousands of one table at a time: the same for whatever store they fill."""
    dice = random.Random(SEED)
    for table, rows in (*_around(dice), *_configuration(dice, plan.SINCE), *_changes(dice)):
        for chunk in in_chunks(rows):
            yield table, chunk
    every = plan.incidents(dice)
    while some := list(islice(every, 20_000)):
        yield t.tickets.incident, [incident for incident, _ in some]
        yield t.tickets.incident_ci, [on for _, on in some]
    yield t.tickets.incident_change_link, plan.blamed(dice)


def _around(dice: random.Random) -> Iterable[tuple[sa.Table, list[Row]]]:
    yield t.people.calendar, plan.calendars()
    yield t.people.person, plan.persons(dice)
    yield t.people.leave, plan.leaves(dice)
    yield t.people.team, plan.teams()
    yield t.people.team_member, plan.team_members()
    yield t.people.capacity_limit, plan.capacity_limits()
    yield t.changes.change_window, plan.windows(dice)
    classes = [{"id": name, "name": name, "is_no_service_expected": False, "version": 1} for name in CLASSES]
    yield t.configuration.ci_class, classes


def _configuration(dice: random.Random, since: datetime) -> Iterable[tuple[sa.Table, list[Row]]]:
    drawn, tables = configuration.configuration(dice, list(plan.PERSONS), since), t.configuration
    yield tables.ci, drawn.cis
    yield tables.business_service, drawn.services
    yield tables.relation, drawn.relations
    yield tables.redundancy_group, drawn.groups
    yield tables.redundancy_member, drawn.members
    yield tables.redundancy_protected, drawn.protected


def _changes(dice: random.Random) -> Iterable[tuple[sa.Table, list[Row]]]:
    changes, targets, tasks = plan.open_changes(dice)
    past, past_targets = plan.past_changes(dice)
    yield t.changes.change, changes
    yield t.changes.change, past
    yield t.changes.change_target, targets + past_targets
    yield t.changes.change_task, tasks


async def _store_footprints(ports: Ports) -> None:
    """Store the footprint of every open change: what the re-checks of the past would have left."""
    async with ports.snapshot() as snapshot:
        session = Session(ports, snapshot, await Surroundings.load(ports, snapshot))
        open_ids = sorted(await snapshot.open_changes())
        for start in range(0, len(open_ids), BATCH):
            changes = await snapshot.find_all(Change, id=open_ids[start : start + BATCH])
            rows = [footprint_row(await _walk(session, change), snapshot.position) for change in changes]
            async with ports.work(SYSTEM) as work:
                await work.assessments.replace_footprints(rows)
                await work.commit()
            print(f"... {start + len(changes)} of {len(open_ids)}", flush=True)


async def _walk(session: Session, change: Change) -> Walk:
    """Return the walk without the past, which no footprint asks for."""
    found = await walk_estate(session, list(footprints.target_steps(change).values()))
    planned = footprints.planned_change(change, found, frozenset(), session.around.conflict_policy)
    return Walk(
        change, found, LastingFacts((), (), {}, (), (), is_backup_down=False), planned, frozenset(found.topology.groups)
    )
