"""The port `ImpactGraph` against the in-memory reference: the same closure, the same way up, in random estates.

Many small estates lie side by side in one record and are asked about together, so that thousands take seconds.
"""

import itertools
import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.ci.derivation import derive_impacts
from domain.ci.down import down_set
from domain.ci.model import (
    CiStatus,
    MinUpKind,
    ProviderSide,
    RedundancyGroup,
    RedundancyMember,
    RedundancyProtected,
    Relation,
)
from domain.ci.relations import RelationType
from domain.ci.topology import Closure, ImpactLimits, Topology, closure_of
from domain.store.engine import Database
from domain.store.tables import configuration as t
from domain.store.tables import metadata
from graph import sql_graph
from graph.sql_graph import SqlGraph

AS_OF = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BATCH = 250


@dataclass
class Estate:
    """What is stored of an estate."""

    cis: list[str] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    groups: list[RedundancyGroup] = field(default_factory=list)

    @property
    def topology(self) -> Topology:
        return derive_impacts(self.relations, self.groups, AS_OF).topology()


def validity(dice: random.Random) -> dict[str, datetime | None]:
    day = timedelta(days=1)
    return dice.choice(
        [
            {"valid_from": AS_OF - 9 * day, "valid_to": None},
            {"valid_from": AS_OF - 9 * day, "valid_to": None},
            {"valid_from": AS_OF, "valid_to": AS_OF + day},
            {"valid_from": AS_OF - 9 * day, "valid_to": AS_OF},
            {"valid_from": AS_OF + day, "valid_to": None},
        ]
    )


def random_estate(dice: random.Random, name: str) -> Estate:
    estate = Estate(cis=[f"{name}-{number}" for number in range(dice.randrange(2, 8))])
    for number in range(dice.randrange(1, 12)):
        source, target = dice.sample(estate.cis, 2)
        estate.relations.append(
            Relation(
                id=f"{name}-r{number}",
                external_id=None,
                source_id=source,
                target_id=target,
                type=dice.choice([*RelationType, RelationType.MEMBER_OF, RelationType.MEMBER_OF]),
                alpha=dice.choice([None, None, 0.0, 0.5]),
                provider_side=dice.choice([None, None, *ProviderSide]),
                source=dice.choice([None, "import"]),
                stated_confidence=dice.choice([None, 0.8]),
                confirmed_at=dice.choice([None, AS_OF - timedelta(days=100)]),
                **validity(dice),
            )
        )
    for number in range(dice.randrange(3)):
        group_id = f"{name}-g{number}"
        members, protected = (dice.sample(estate.cis, dice.randrange(1, 3)) for _ in range(2))
        estate.groups.append(
            RedundancyGroup(
                id=group_id,
                external_id=None,
                name=group_id,
                min_up_kind=dice.choice(list(MinUpKind)),
                min_up=dice.randrange(1, 4),
                is_assumed=dice.random() < 0.3,
                members=[
                    RedundancyMember(id=f"{group_id}-m{ci}", group_id=group_id, ci_id=ci, **validity(dice))
                    for ci in members
                ],
                protected=[
                    RedundancyProtected(id=f"{group_id}-p{ci}", group_id=group_id, ci_id=ci, **validity(dice))
                    for ci in protected
                ],
            )
        )
    return estate


def merged(estates: Iterable[Estate]) -> Estate:
    whole = Estate()
    for estate in estates:
        whole.cis += estate.cis
        whole.relations += estate.relations
        whole.groups += estate.groups
    return whole


async def store(database: Database, estate: Estate) -> None:
    """Put the estate into the record in place of what was there."""

    def rows(table: sa.Table, records: Iterable[object]) -> list[dict[str, object]]:
        return [{column.name: getattr(record, column.name) for column in table.columns} for record in records]

    contents = [
        (t.ci_class, [{"id": "class", "name": "server", "is_no_service_expected": False}]),
        (
            t.ci,
            [
                {"id": ci, "name": ci, "class_name": "server", "status": CiStatus.IN_SERVICE, "attributes": {}}
                for ci in estate.cis
            ],
        ),
        (t.relation, rows(t.relation, estate.relations)),
        (t.redundancy_group, rows(t.redundancy_group, estate.groups)),
        (t.redundancy_member, rows(t.redundancy_member, [row for group in estate.groups for row in group.members])),
        (
            t.redundancy_protected,
            rows(t.redundancy_protected, [row for group in estate.groups for row in group.protected]),
        ),
    ]
    async with database.writer.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(sa.delete(table))
        for table, values in contents:
            if values:
                await connection.execute(sa.insert(table), values)


def above(topology: Topology, ci_ids: Collection[str], cis: Collection[str]) -> set[str]:
    """Return, by asking each CI in turn, which of them can reach any of those named."""
    return {ci for ci in cis if not set(closure_of(topology, [ci]).ids).isdisjoint(ci_ids)}


@pytest.mark.parametrize("chunk", [2_000, 7])
async def test_closures_equal_the_reference(
    database: Database, worlds: Callable[[int], int], monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(sql_graph, "IDS_PER_STATEMENT", chunk)
    graph = SqlGraph(database.reader)
    dice = random.Random(chunk)
    number = worlds(10_000 if chunk > BATCH else 1_000)
    for first in range(0, number, BATCH):
        estates = [random_estate(dice, f"e{first + offset}") for offset in range(min(BATCH, number - first))]
        whole = merged(estates)
        await store(database, whole)
        seeds = [seed for estate in estates for seed in dice.sample(estate.cis, dice.randrange(1, 3))]
        assert await graph.closure(seeds, as_of=AS_OF) == closure_of(whole.topology, seeds)
        falling = closure_of(whole.topology, seeds, hard_only=True)
        assert await graph.closure(seeds, as_of=AS_OF, hard_only=True) == falling
        assert down_set(Topology.of(falling), seeds) == down_set(whole.topology, seeds)


async def test_the_way_up_equals_asking_everyone(database: Database, worlds: Callable[[int], int]) -> None:
    graph = SqlGraph(database.reader)
    dice = random.Random(11)
    number = worlds(5_000)
    for first in range(0, number, BATCH):
        estates = [random_estate(dice, f"e{first + offset}") for offset in range(min(BATCH, number - first))]
        await store(database, merged(estates))
        asked = [dice.choice(estate.cis) for estate in estates]
        expected = set()
        for estate, ci in zip(estates, asked, strict=True):
            expected |= above(estate.topology, [ci], estate.cis)
        assert await graph.upstream(asked, as_of=AS_OF) == expected


async def test_a_single_estate_is_the_same_alone_as_among_others(database: Database) -> None:
    dice = random.Random(5)
    estates = [random_estate(dice, f"e{number}") for number in range(40)]
    await store(database, merged(estates))
    graph = SqlGraph(database.reader)
    for estate in estates:
        assert await graph.closure(estate.cis[:1], as_of=AS_OF) == closure_of(estate.topology, estate.cis[:1])


def chain(length: int) -> Estate:
    cis = [f"ci-{number:04d}" for number in range(length)]
    return Estate(
        cis,
        [
            Relation(
                id=f"r-{provider}",
                external_id=None,
                source_id=dependent,
                target_id=provider,
                type=RelationType.RUNS_ON,
                valid_from=AS_OF,
            )
            for provider, dependent in itertools.pairwise(cis)
        ],
    )


@pytest.mark.parametrize("limits", [ImpactLimits(nodes=10), ImpactLimits(edges=10)])
async def test_past_a_limit_it_stops_and_says_so(database: Database, limits: ImpactLimits) -> None:
    await store(database, chain(30))
    closure = await SqlGraph(database.reader, limits).closure(["ci-0000"], as_of=AS_OF)
    assert closure.is_truncated
    assert len(closure.ids) < 15
    assert not (await SqlGraph(database.reader, limits).closure(["ci-0025"], as_of=AS_OF)).is_truncated


async def test_what_is_not_in_the_record_reaches_only_itself(database: Database) -> None:
    graph = SqlGraph(database.reader)
    closure = await graph.closure(["nothing"], as_of=AS_OF)
    assert closure == Closure(ids=("nothing",), edges=(), groups=())
    assert (await graph.closure([], as_of=AS_OF)).ids == ()
    assert await graph.upstream([], as_of=AS_OF) == frozenset()
