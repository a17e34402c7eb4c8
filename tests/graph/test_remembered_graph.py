"""The copy in memory against the tables it was made from: the same answers after any edits, numbered or not."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.ci.model import RedundancyGroup, RedundancyMember, Relation
from domain.ci.relations import RelationType
from domain.kernel.actor import SYSTEM
from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.ports import UnitOfWork
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.unit_of_work import unit_of_work
from graph import sql_graph
from graph.remembered_graph import RememberedGraph
from graph.sql_graph import SqlGraph
from tests.graph.test_impact_graph import AS_OF, Estate, merged, random_estate, store


def moment(dice: random.Random) -> datetime:
    """Return an instant around the present: long ago, minutes apart, or on another day."""
    return AS_OF + timedelta(minutes=dice.choice([-3000, -60, -20, -8, -4, 0, 0, 1, 3, 9, 30, 900]))


async def edit(work: UnitOfWork, dice: random.Random, estate: Estate) -> None:
    """Do one random act: state or end a relation, turn one round, let a CI join or leave a group."""
    match dice.randrange(5):
        case 0 | 1:
            source, target = dice.sample(estate.cis, 2)
            stated = Relation(
                id=work.new_id(),
                external_id=None,
                source_id=source,
                target_id=target,
                type=dice.choice([*RelationType, RelationType.MEMBER_OF]),
                valid_from=moment(dice),
            )
            work.add(stated)
            work.record("relation.stated", stated)
        case 2:
            ended = await work.get(Relation, dice.choice(estate.relations).id)
            ended.valid_to = dice.choice([moment(dice), None])
            work.record("relation.ended", ended)
        case 3:
            turned = await work.get(Relation, dice.choice(estate.relations).id)
            turned.source_id, turned.target_id = turned.target_id, turned.source_id
            work.record("relation.updated", turned)
        case _:
            group = await work.get(RedundancyGroup, dice.choice(estate.groups).id)
            if group.members and dice.random() < 0.5:
                group.members.remove(dice.choice(group.members))
            else:
                joining = RedundancyMember(
                    id=work.new_id(), group_id=group.id, ci_id=dice.choice(estate.cis), valid_from=moment(dice)
                )
                group.members.append(joining)
            work.record("redundancy_group.updated", group)


async def test_the_copy_answers_as_the_tables_do_after_any_edits(
    database: Database, worlds: Callable[[int], int]
) -> None:
    dice, clock = random.Random(7), FixedClock(AS_OF)
    work, log = unit_of_work(database, clock, random_ids(clock)), SqlEventLog(database)
    estate = merged(random_estate(dice, f"e{number}") for number in range(60))
    await store(database, estate)
    tables = SqlGraph(database.reader)
    remembered = RememberedGraph(tables, clock)
    assert remembered.name == "sql"
    assert await remembered.closure(estate.cis[:3], as_of=AS_OF) == await tables.closure(estate.cis[:3], as_of=AS_OF)
    await remembered.load()
    assert remembered.name == "memory"
    for _ in range(worlds(400)):
        if dice.random() < 0.7:
            async with work(SYSTEM) as act:
                await edit(act, dice, estate)
                await act.commit()
        if dice.random() < 0.4:
            await log.number()
        asked = dice.sample(estate.cis, dice.randrange(1, 20))
        as_of = AS_OF + timedelta(minutes=dice.choice([-2880, -15, -7, -2, 0, 0, 0, 2, 5, 12, 2880]))
        hard_only = dice.random() < 0.3
        remembers = await remembered.closure(asked, as_of=as_of, hard_only=hard_only)
        assert remembers == await tables.closure(asked, as_of=as_of, hard_only=hard_only)
        assert await remembered.upstream(asked, as_of=as_of) == await tables.upstream(asked, as_of=as_of)


async def test_a_question_that_meets_no_edit_costs_one_statement(database: Database) -> None:
    dice = random.Random(8)
    estate = merged(random_estate(dice, f"e{number}") for number in range(60))
    await store(database, estate)
    remembered = RememberedGraph(SqlGraph(database.reader), FixedClock(AS_OF))
    await remembered.load()
    statements: list[str] = []

    @sa.event.listens_for(database.reader.sync_engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    await remembered.closure(estate.cis, as_of=AS_OF)
    assert len([statement for statement in statements if statement.startswith("SELECT")]) == 1


@pytest.mark.parametrize("position", [0, 3])
async def test_an_edit_that_is_not_numbered_yet_is_seen(database: Database, position: int) -> None:
    clock = FixedClock(AS_OF)
    work, log = unit_of_work(database, clock, random_ids(clock)), SqlEventLog(database)
    estate = Estate(cis=["a", "b"])
    await store(database, estate)
    remembered = RememberedGraph(SqlGraph(database.reader), FixedClock(AS_OF))
    await remembered.load()
    async with work(SYSTEM) as act:
        stated = Relation(
            id="r", external_id=None, source_id="b", target_id="a", type=RelationType.RUNS_ON, valid_from=AS_OF
        )
        act.add(stated)
        act.record("relation.stated", stated)
        await act.commit()
    if position:
        await log.number()
    assert (await remembered.closure(["a"], as_of=AS_OF)).ids == ("a", "b")


async def test_while_the_relay_is_far_behind_the_tables_answer(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A copy would read again, at every question, all that has no position yet."""
    monkeypatch.setattr(sql_graph, "MOST_LOOKED_THROUGH", 2)
    clock = FixedClock(AS_OF)
    work, log = unit_of_work(database, clock, random_ids(clock)), SqlEventLog(database)
    await store(database, Estate(cis=["a", "b", "c", "d", "e"]))
    remembered = RememberedGraph(SqlGraph(database.reader), clock)
    await remembered.load()
    for below, above in zip("abc", "bcd", strict=True):
        async with work(SYSTEM) as act:
            stated = Relation(
                id=below,
                external_id=None,
                source_id=above,
                target_id=below,
                type=RelationType.RUNS_ON,
                valid_from=AS_OF,
            )
            act.add(stated)
            act.record("relation.stated", stated)
            await act.commit()
    with pytest.raises(sql_graph.RelayBehind):
        await SqlGraph(database.reader).edits(0)
    assert (await remembered.closure(["a"], as_of=AS_OF)).ids == ("a", "b", "c", "d")
    await log.number()
    assert (await remembered.closure(["a"], as_of=AS_OF)).ids == ("a", "b", "c", "d")
    edits = await SqlGraph(database.reader).edits(0)
    assert edits is not None
    assert edits.position == 3
