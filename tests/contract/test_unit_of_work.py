"""The port `UnitOfWork`, over every store: what is acknowledged is there, and nothing else is."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from domain.calendar.model import Calendar
from domain.change.model import Change, ChangeTarget
from domain.ci.model import CiClass, ConfigurationItem, Relation
from domain.ci.relations import RelationType
from domain.kernel.actor import SYSTEM, Role
from domain.kernel.errors import Duplicate, InvalidInput, NotFound, StaleVersion
from domain.kernel.image import image
from domain.people.model import Leave, Person
from domain.store.mapping import AGGREGATES, Aggregate
from domain.store.unit_of_work import UnrecordedChangeError
from tests.contract.whole_records import Made

AGGREGATE = pytest.mark.parametrize("aggregate", AGGREGATES, ids=lambda aggregate: aggregate.noun)


def person(work: Any, **values: Any) -> Person:
    return Person(**{"id": work.new_id(), "external_id": None, "name": "Ada"} | values)


async def save(work: Any, *records: Any, kind: str = "thing.added") -> None:
    async with work(SYSTEM) as act:
        for record in records:
            act.add(record)
            act.record(kind, record)
        await act.commit()


async def load(work: Any, noun: type[Any], record_id: str) -> Any:
    async with work(SYSTEM) as act:
        return await act.get(noun, record_id)


def typed(value: Any) -> Any:
    """Return a record as plain values with their types, so that 1 and True, or a role and its text, are told apart."""
    if dataclasses.is_dataclass(value):
        return {field.name: typed(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value), value


@AGGREGATE
async def test_every_field_comes_back_as_it_was_saved(work: Any, aggregate: Aggregate) -> None:
    for seed in range(5):
        made = Made(seed)
        saved = made.root(aggregate)
        saved_values = typed(saved)
        await save(work, *made.records)
        loaded = await load(work, aggregate.cls, saved.id)
        assert loaded is not saved
        for children in aggregate.children:
            saved_values[children.attribute].sort(key=lambda child, by=children.order: (child[by][1], child["id"][1]))
        assert typed(loaded) == saved_values | {"version": (int, 1)}


@AGGREGATE
async def test_an_event_carries_the_full_after_image(work: Any, rows: Any, aggregate: Aggregate) -> None:
    made = Made(7)
    saved = made.root(aggregate)
    await save(work, *made.records, kind="thing.added")
    of_the_root = [event for event in await rows("outbox") if event["subject_type"] == aggregate.table.name]
    event = next(event for event in of_the_root if event["subject_id"] == saved.id)
    assert event["body"] == image(saved)
    assert set(event["body"]) == {field.name for field in dataclasses.fields(aggregate.cls)}
    assert (event["kind"], event["subject_type"], event["subject_version"]) == (
        "thing.added",
        aggregate.table.name,
        1,
    )
    assert (event["actor_id"], event["occurred_at"]) == ("system", datetime(2026, 11, 23, 8, 0, tzinfo=UTC))


async def test_concurrent_acts_on_one_record_lose_nothing(work: Any) -> None:
    async with work(SYSTEM) as act:
        counted = person(act, capacity=1)
    await save(work, counted)

    async def raise_by_one() -> None:
        while True:
            async with work(SYSTEM) as act:
                found = await act.get(Person, counted.id)
                found.capacity += 1
                act.record("person.changed", found)
                try:
                    await act.commit()
                except StaleVersion:
                    continue
                return

    await asyncio.gather(*(raise_by_one() for _ in range(100)))
    after = await load(work, Person, counted.id)
    assert (after.capacity, after.version) == (101, 101)


async def test_a_record_at_another_version_than_expected_is_refused(work: Any) -> None:
    async with work(SYSTEM) as act:
        seen = person(act)
    await save(work, seen)
    async with work(SYSTEM) as act:
        assert (await act.get_at(Person, seen.id, 1)).id == seen.id
        with pytest.raises(StaleVersion) as refused:
            await act.get_at(Person, seen.id, 3)
    assert (refused.value.noun, refused.value.expected, refused.value.current) == ("person", 3, 1)


async def test_what_is_not_there_is_not_found(work: Any) -> None:
    async with work(SYSTEM) as act:
        with pytest.raises(NotFound) as refused:
            await act.get(Change, "nothing")
        assert await act.find(Change, number="CHG0000001") is None
    assert refused.value.noun == "change"


async def test_leaving_without_commit_changes_nothing(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        forgotten = person(act)
        act.add(forgotten)
        act.record("person.added", forgotten)

    async def stop_half_way() -> None:
        async with work(SYSTEM) as act:
            another = person(act)
            act.add(another)
            act.record("person.added", another)
            await act.next_number("CHG")
            raise RuntimeError("stopped half way")

    with pytest.raises(RuntimeError, match="stopped half way"):
        await stop_half_way()
    assert await rows("person") == await rows("outbox") == await rows("counter") == []


async def test_a_change_without_an_event_is_refused(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        known = person(act)
    await save(work, known)
    async with work(SYSTEM) as act:
        act.add(person(act))
        with pytest.raises(UnrecordedChangeError):
            await act.commit()
    async with work(SYSTEM) as act:
        renamed = await act.get(Person, known.id)
        renamed.name = "Bob"
        with pytest.raises(UnrecordedChangeError):
            await act.commit()
    async with work(SYSTEM) as act:
        away = Leave(id=act.new_id(), person_id=known.id, start=act.now, end=act.now + timedelta(days=1))
        resting = await act.get(Person, known.id)
        resting.leave.append(away)
        with pytest.raises(UnrecordedChangeError):
            await act.commit()
    async with work(SYSTEM) as act:
        changed = await act.get(Person, known.id)
        act.record("person.changed", changed)
        changed.name = "Bob"
        with pytest.raises(UnrecordedChangeError, match="after its event"):
            await act.commit()
    assert [row["name"] for row in await rows("person")] == ["Ada"]
    assert len(await rows("outbox")) == 1


async def test_lists_and_objects_changed_in_place_are_saved(work: Any) -> None:
    async with work(SYSTEM) as act:
        changing = person(act)
    await save(work, changing)
    async with work(SYSTEM) as act:
        found = await act.get(Person, changing.id)
        found.roles.append(Role.AUDITOR)
        act.record("person.changed", found)
        await act.commit()
    assert (await load(work, Person, changing.id)).roles == [Role.AUDITOR]


async def test_children_taken_from_their_root_are_gone(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        rested = person(act)
        rested.leave = [
            Leave(id=act.new_id(), person_id=rested.id, start=act.now, end=act.now + timedelta(days=days))
            for days in (1, 2)
        ]
    await save(work, rested)
    async with work(SYSTEM) as act:
        found = await act.get(Person, rested.id)
        found.leave.remove(found.leave[0])
        act.record("person.changed", found)
        await act.commit()
    assert len(await rows("leave")) == 1


@pytest.mark.parametrize("is_in_the_record", [True, False], ids=["taken in the record", "taken in the same act"])
async def test_a_duplicate_names_the_field_and_the_value(work: Any, rows: Any, is_in_the_record: bool) -> None:
    async with work(SYSTEM) as act:
        known, innocent, twin = (person(act, external_id=external_id) for external_id in ("p-1", "p-2", "p-1"))
    if is_in_the_record:
        await save(work, known)
    with pytest.raises(Duplicate) as refused:
        await save(work, *([] if is_in_the_record else [known]), innocent, twin)
    assert (refused.value.noun, refused.value.path, refused.value.value) == ("person", "externalId", "p-1")
    assert len(await rows("person")) == len(await rows("outbox")) == int(is_in_the_record)


async def test_a_duplicate_among_children_names_the_field_under_its_root(work: Any) -> None:
    made = Made(1)
    change = made.root(next(aggregate for aggregate in AGGREGATES if aggregate.cls is Change))
    first, second = change.targets
    second.ci_id, second.step = first.ci_id, first.step
    with pytest.raises(Duplicate) as refused:
        await save(work, *made.records)
    assert (refused.value.noun, refused.value.path, refused.value.value) == ("change", "targets.ciId", first.ci_id)


async def test_a_reference_to_nothing_names_the_field_and_the_value(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        lost = person(act, calendar_id="no-calendar")
        change = Change(id=act.new_id(), number="CHG1", external_id=None, title="t", recorded_at=act.now)
        change.targets = [ChangeTarget(id=act.new_id(), change_id=change.id, ci_id="no-ci")]
    with pytest.raises(InvalidInput) as refused:
        await save(work, lost, change)
    assert [(issue.path, issue.message) for issue in refused.value.issues] == [
        ("calendarId", "no calendar no-calendar"),
        ("targets.ciId", "no configuration item no-ci"),
    ]
    assert await rows("person") == await rows("outbox") == []


async def test_a_value_out_of_range_names_the_field(work: Any) -> None:
    async with work(SYSTEM) as act:
        empty = person(act, capacity=0)
        backwards = person(act)
        backwards.leave = [Leave(id=act.new_id(), person_id=backwards.id, start=act.now, end=act.now)]
    for record, path in ((empty, "capacity"), (backwards, "leave.end")):
        with pytest.raises(InvalidInput) as refused:
            await save(work, record)
        assert [issue.path for issue in refused.value.issues] == [path]


async def test_records_of_one_act_may_refer_to_each_other_in_any_order(work: Any) -> None:
    async with work(SYSTEM) as act:
        deputy = person(act)
        chief = person(act, delegate_id=deputy.id)
        server = CiClass(id=act.new_id(), name="server")
        ends = [ConfigurationItem(id=act.new_id(), external_id=None, name=n, class_name="server") for n in "ab"]
        relation = Relation(
            id=act.new_id(),
            external_id=None,
            source_id=ends[0].id,
            target_id=ends[1].id,
            type=RelationType.USES,
            valid_from=act.now,
        )
    await save(work, relation, chief, *ends, server, deputy)
    assert (await load(work, Person, chief.id)).delegate_id == deputy.id


async def test_an_instant_is_the_same_instant_whatever_its_zone(work: Any) -> None:
    kolkata = datetime(2026, 3, 29, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    async with work(SYSTEM) as act:
        away = person(act)
        away.leave = [Leave(id=act.new_id(), person_id=away.id, start=kolkata, end=kolkata + timedelta(hours=1))]
    await save(work, away)
    (leave,) = (await load(work, Person, away.id)).leave
    assert leave.start == kolkata
    assert leave.start.isoformat() == "2026-03-28T20:00:00+00:00"
    async with work(SYSTEM) as act:
        naive = person(act)
        naive.leave = [
            Leave(id=act.new_id(), person_id=naive.id, start=datetime(2026, 1, 1), end=datetime(2026, 1, 2))  # noqa: DTZ001
        ]
        act.add(naive)
        act.record("person.added", naive)
        with pytest.raises(Exception, match="naive datetime"):
            await act.commit()


async def test_numbers_of_a_series_are_never_given_twice(work: Any) -> None:
    async def numbered(prefix: str) -> str:
        async with work(SYSTEM) as act:
            number = await act.next_number(prefix)
            added = person(act, external_id=number)
            act.add(added)
            act.record("person.added", added)
            await act.commit()
            return number

    given = await asyncio.gather(*(numbered(prefix) for prefix in ["CHG", "INC"] * 50))
    assert sorted(given) == [f"{prefix}{n:07d}" for prefix in ("CHG", "INC") for n in range(1, 51)]


async def test_finding_by_values_and_by_lists_of_values(work: Any) -> None:
    async with work(SYSTEM) as act:
        people = [person(act, external_id=f"p-{n:04d}", name=f"Person {n % 2}") for n in range(1_200)]
    await save(work, *people)
    async with work(SYSTEM) as act:
        assert (await act.find(Person, external_id="p-0007")).id == people[7].id
        assert len(await act.find_all(Person, name="Person 1")) == 600
        found = await act.find_all(Person, id=[p.id for p in people], name="Person 0")
        assert [p.id for p in found] == sorted(p.id for p in people[::2])


async def test_checking_that_things_exist_names_those_that_do_not(work: Any) -> None:
    async with work(SYSTEM) as act:
        calendar = Calendar(id=act.new_id(), external_id=None, name="Office", time_zone="UTC", weekly=[])
    await save(work, calendar)
    async with work(SYSTEM) as act:
        await act.check_exists(Calendar, [calendar.id], "calendarId")
        with pytest.raises(InvalidInput) as refused:
            await act.check_exists(Calendar, [calendar.id, "other"], "calendarId")
    assert [(issue.path, issue.message) for issue in refused.value.issues] == [("calendarId", "no calendar other")]


async def test_an_act_may_commit_more_than_once_and_says_where_each_ended(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        first, second = person(act), person(act)
        act.add(first)
        act.record("person.added", first)
        one = await act.commit()
        assert await act.commit() == 0
        act.add(second)
        act.record("person.added", second)
        two = await act.commit()
        again = await act.get(Person, first.id)
        again.name = "Eve"
        with pytest.raises(UnrecordedChangeError):
            await act.commit()
    assert [event["id"] for event in await rows("outbox")] == [one, two]


async def test_a_subject_has_one_waiting_timer_set_with_the_act(work: Any, rows: Any) -> None:
    async with work(SYSTEM) as act:
        await act.assessments.set_timers("recheck", {"chg": act.now, "other": act.now})
        await act.commit()
    async with work(SYSTEM) as act:
        await act.assessments.set_timers("recheck", {"chg": act.now + timedelta(hours=1)})
        await act.commit()
    async with work(SYSTEM) as act:
        await act.assessments.set_timers("recheck", {"forgotten": act.now})
    waiting = {timer["subject_id"]: timer["due_at"] for timer in await rows("timer")}
    assert waiting.keys() == {"chg", "other"}
    assert waiting["chg"] > waiting["other"]
