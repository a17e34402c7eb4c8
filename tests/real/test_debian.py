"""Debian's packages: what depends on what equals what its own tools say (issue, Proof)."""

import csv
import gzip
import json
import random
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.imports.presets import sections_of
from api.imports.run import Run
from api.imports.section import Alternatives, Options
from domain.ci.model import ConfigurationItem, RedundancyGroup, Relation
from domain.ci.topology import ImpactLimits
from domain.kernel.actor import SYSTEM
from domain.ports import ImpactGraph
from graph.remembered_graph import RememberedGraph
from graph.sql_graph import SqlGraph
from workers.runtime import Runtime

HUBS = 50
SMALL = 2_000
WHOLE = ImpactLimits(nodes=200_000, edges=2_000_000)


async def test_closures_equal_the_oracle_and_a_search_of_its_own(shared: Path, record_url: str) -> None:
    folder = shared / "debian_graph"
    runtime = await Runtime.open(record_url)
    try:
        summary = await Run(runtime.ports, SYSTEM, lambda *_: None).everything(
            sections_of("debian", [folder], Options(warn=lambda _: None))
        )
        assert summary.rejected == 0
        while await runtime.log.number():
            pass
        dependents = dependents_by_name(folder / "edges.csv.gz")
        oracle = json.loads(gzip.decompress((folder / "rdepends_oracle.json.gz").read_bytes()))["closure"]
        hubs = sorted(dependents, key=lambda name: (-len(dependents[name]), name))[:500]
        roots = {"libc6", "python3:any", *random.Random(7).sample(hubs, HUBS)}
        expected = {name: set(names) for name, names in oracle.items()}
        expected |= {name: search(dependents, name) for name in roots}
        tables = SqlGraph(runtime.database.reader, WHOLE)
        memory = RememberedGraph(tables, runtime.ports.clock, WHOLE)
        await memory.load()
        for root, names in expected.items():
            assert await closure(runtime, root, memory) == names, root
            if root == "libc6" or len(names) <= SMALL:
                assert await closure(runtime, root, tables) == names, root
    finally:
        await runtime.stop()


async def closure(runtime: Runtime, root: str, graph: ImpactGraph | None = None) -> set[str]:
    graph = graph or SqlGraph(runtime.database.reader, WHOLE)
    async with runtime.ports.snapshot() as snapshot:
        ci = await snapshot.find(ConfigurationItem, external_id=root)
        assert ci is not None, root
        reached = await graph.closure([ci.id], as_of=datetime.now(UTC))
        assert not reached.is_truncated
        names = await snapshot.names_of(reached.ids)
    return {names[ci_id] for ci_id in reached.ids} - {root}


def dependents_by_name(path: Path) -> Mapping[str, set[str]]:
    """Who depends on what, read by nothing of the product."""
    dependents: dict[str, set[str]] = defaultdict(set)
    with gzip.open(path, "rt", encoding="utf-8") as text:
        for row in csv.DictReader(text):
            if row["kind"] in ("Depends", "Pre-Depends"):
                dependents[row["depends_on"]].add(row["package"])
    return dependents


def search(dependents: Mapping[str, set[str]], root: str) -> set[str]:
    found, waiting = {root}, deque([root])
    while waiting:
        near = dependents.get(waiting.popleft(), set()) - found
        found |= near
        waiting.extend(near)
    return found - {root}


@pytest.fixture
def some_edges(shared: Path, tmp_path: Path) -> Path:
    """The first dependencies of the distribution, alternatives among them."""
    with gzip.open(shared / "debian_graph" / "edges.csv.gz", "rt", encoding="utf-8") as text:
        lines = [next(text) for _ in range(3_001)]
    path = tmp_path / "edges.csv"
    path.write_text("".join(lines), encoding="utf-8")
    return path


async def test_alternatives_as_groups_protect_the_package(some_edges: Path, record_url: str) -> None:
    runtime = await Runtime.open(record_url)
    options = Options(warn=lambda _: None, alternatives=Alternatives.GROUPS)
    try:
        await Run(runtime.ports, SYSTEM, lambda *_: None).everything(sections_of("debian", [some_edges], options))
        async with runtime.ports.snapshot() as snapshot:
            group = await snapshot.find(RedundancyGroup, external_id="0ad-data-common/Depends/0")
            assert group is not None
            ids = [member.ci_id for member in (*group.members, *group.protected)]
            names = await snapshot.names_of(ids)
            assert {names[member.ci_id] for member in group.members} == {"fonts-dejavu-core", "ttf-dejavu-core"}
            assert [names[member.ci_id] for member in group.protected] == ["0ad-data-common"]
            assert group.min_up == 1
            hard = await snapshot.find_all(Relation, source_id=[group.protected[0].ci_id])
            assert not {relation.target_id for relation in hard} & {member.ci_id for member in group.members}
    finally:
        await runtime.stop()


async def test_what_a_package_needs_anyway_is_not_hidden_in_a_choice(tmp_path: Path, record_url: str) -> None:
    path = tmp_path / "edges.csv"
    header = "package,kind,depends_on,constraint,alternative_group"
    path.write_text(f"{header}\np,Depends,a,,\np,Depends,a,,0\np,Depends,b,,0\n", encoding="utf-8")
    runtime = await Runtime.open(record_url)
    options = Options(warn=lambda _: None, alternatives=Alternatives.GROUPS)
    try:
        await Run(runtime.ports, SYSTEM, lambda *_: None).everything(sections_of("debian", [path], options))
        assert await closure(runtime, "a") == {"p"}
        async with runtime.ports.snapshot() as snapshot:
            assert await snapshot.find_all(RedundancyGroup) == []
    finally:
        await runtime.stop()
