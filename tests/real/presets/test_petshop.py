"""PetShop: a fault injected into a microservice reaches the one whose figures it spoilt (issue, Proof)."""

import csv
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.ci.impact import EPSILON
from domain.ci.model import ConfigurationItem, Relation
from domain.ci.relations import RelationType
from domain.kernel.actor import SYSTEM
from domain.kernel.time import FixedClock
from domain.usecases.preview import impact_of

TRAFFIC = ("low_traffic", "temporal_traffic1")
Edge = tuple[str, str]
"""Where a failure begins and who notices it."""


def matrix(path: Path) -> tuple[list[str], set[Edge]]:
    with path.open(encoding="utf-8", newline="") as text:
        header, *rows = list(csv.reader(text))
    edges = {
        (provider, row[0])
        for row in rows
        for provider, cell in zip(header[1:], row[1:], strict=True)
        if float(cell) != 0
    }
    return header[1:], edges


def faults(path: Path) -> set[Edge]:
    """Return the faults of a file: where each was injected and where it was noticed."""
    return {
        (fault["root_cause"]["node"], fault["target"]["node"]) for fault in json.loads(path.read_text(encoding="utf-8"))
    }


def without(path: Path, edges: set[Edge], place: Path) -> Path:
    """Write the matrix with these edges taken away."""
    with path.open(encoding="utf-8", newline="") as text:
        header, *rows = list(csv.reader(text))
    with place.open("w", encoding="utf-8", newline="") as text:
        writer = csv.writer(text)
        writer.writerow(header)
        for row in rows:
            cells = ["0.0" if (name, row[0]) in edges else cell for name, cell in zip(header[1:], row[1:], strict=True)]
            writer.writerow([row[0], *cells])
    return place


async def degree(bench: Any, cause: str, target: str) -> float:
    cis, ports = await bench.all(ConfigurationItem), bench.runtime.ports
    # Engines compute on whole seconds: what was stated within the present one is seen in the next.
    later = FixedClock(ports.clock.now() + timedelta(seconds=1))
    estate, *_ = await impact_of(replace(ports, clock=later), SYSTEM, [cis[cause].id])
    reached = estate.impact.impacted.get(cis[target].id)
    return 0.0 if reached is None else reached.q


async def test_edges_point_from_column_to_row(bench: Any, shared: Path) -> None:
    path = shared / "petshop" / "low_traffic_graph.csv"
    nodes, edges = matrix(path)
    summary = await bench.take("petshop", bench.copy(path.parent, path.name))
    assert (summary.read, summary.created, summary.rejected) == (len(nodes), len(nodes) + len(edges), 0)
    names = await bench.names(ConfigurationItem)
    async with bench.runtime.ports.snapshot() as snapshot:
        relations = await snapshot.find_all(Relation)
    assert {(names[relation.target_id], names[relation.source_id]) for relation in relations} == edges
    assert {(relation.type, relation.alpha) for relation in relations} == {(RelationType.DEPENDS_ON, 0.9)}


async def test_both_graphs_together_are_one_and_faults_are_no_records(bench: Any, shared: Path) -> None:
    folder = shared / "petshop"
    graphs = [matrix(folder / f"{traffic}_graph.csv") for traffic in TRAFFIC]
    nodes, edges = set().union(*(graph[0] for graph in graphs)), set().union(*(graph[1] for graph in graphs))
    place = bench.copy(folder)
    assert (await bench.take("petshop", place)).created == len(nodes) + len(edges)
    assert bench.warnings == ["injected faults are left out: they are questions to the graph, not records"] * 2
    again = await bench.take("petshop", place)
    assert (again.created, again.updated, again.unchanged) == (0, 0, sum(len(n) + len(e) for n, e in graphs))


@pytest.mark.parametrize("traffic", TRAFFIC)
async def test_every_fault_reaches_its_target(bench: Any, shared: Path, traffic: str) -> None:
    folder = shared / "petshop"
    await bench.take("petshop", bench.copy(folder, f"{traffic}_graph.csv"))
    injected = faults(folder / f"{traffic}_issues.json")
    assert len(injected) == 5
    for cause, target in injected:
        assert await degree(bench, cause, target) >= EPSILON, cause


@pytest.mark.parametrize("traffic", TRAFFIC)
async def test_no_fault_reaches_its_target_over_edges_taken_away(bench: Any, shared: Path, traffic: str) -> None:
    graph = shared / "petshop" / f"{traffic}_graph.csv"
    injected = faults(graph.with_name(f"{traffic}_issues.json"))
    _, edges = matrix(graph)
    leaving = {edge for edge in edges if edge[0] in {cause for cause, _ in injected}}
    await bench.take("petshop", without(graph, leaving, bench.folder / "cut.csv"))
    for cause, target in injected:
        assert await degree(bench, cause, target) == 0.0, cause


async def test_one_edge_that_is_the_only_way_decides(bench: Any, shared: Path) -> None:
    graph = shared / "petshop" / "low_traffic_graph.csv"
    cause, target = "payforadoption_AWS::ECS::Container", "PetSite"
    await bench.take("petshop", without(graph, {(cause, target)}, bench.folder / "cut.csv"))
    assert await degree(bench, cause, target) == 0.0
    assert await degree(bench, "petlistadoptions_AWS::ECS::Fargate", target) >= EPSILON


async def test_a_cell_that_is_no_number_is_a_reject(bench: Any) -> None:
    path = bench.write("graph.csv", ",a,b\na,0,x\nb,1,0\n")
    summary = await bench.take("petshop", path)
    assert summary.first_rejects == ["graph.csv, line 2: b: must be a number"]
    assert summary.created == 3
