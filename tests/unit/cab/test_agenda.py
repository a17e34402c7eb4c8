"""The order inside a meeting (ENGINES 4.5, T8)."""

import random
from collections.abc import Callable, Sequence
from itertools import permutations

from domain.cab.agenda import AgendaEntry, missed_windows, order_agenda, sum_of_spans
from domain.cab.problem import AgendaClass


def random_entries(rng: random.Random, count: int, pins: bool = True) -> list[AgendaEntry]:
    people = [f"p{number}" for number in range(6)]
    return [
        AgendaEntry(
            change_id=f"c{number}",
            minutes=rng.choice([3, 6, 12, 20]),
            needed=frozenset(rng.sample(people, rng.randint(0, 3))),
            agenda_class=rng.choice([AgendaClass.CARRIED_OVER, AgendaClass.REST, AgendaClass.REST]),
            risk=float(rng.choice([10, 40, 80])),
            window=rng.choice([None, None, None, (0, 30), (15, 90)]),
            pinned_place=rng.randrange(count + 1) if pins and rng.random() < 0.15 else None,
        )
        for number in range(count)
    ]


def is_allowed(order: Sequence[AgendaEntry]) -> bool:
    """Whether classes ascend among the unpinned; the pins of the world are all at different, existing places."""
    classes = [entry.agenda_class for entry in order if entry.pinned_place is None]
    pinned_right = all(entry.pinned_place in (None, place) for place, entry in enumerate(order))
    return pinned_right and classes == sorted(classes)


def pins_are_possible(entries: Sequence[AgendaEntry]) -> bool:
    places = [entry.pinned_place for entry in entries if entry.pinned_place is not None]
    return len(places) == len(set(places)) and all(place < len(entries) for place in places)


def test_the_exact_order_equals_all_permutations(worlds: Callable[[int], int]) -> None:
    """T8, with windows, classes and pins; among equals the order of −R, then id, decides."""
    for seed in range(worlds(500)):
        rng = random.Random(seed)
        entries = random_entries(rng, rng.randint(1, 7))
        if not pins_are_possible(entries):
            continue
        allowed = [order for order in permutations(entries) if is_allowed(order)]
        best = min(
            allowed,
            key=lambda order: (
                len(missed_windows(order)),
                sum_of_spans(order),
                [(-entry.risk, entry.change_id) for entry in order],
            ),
        )
        agenda = order_agenda(entries)
        assert agenda.order == tuple(entry.change_id for entry in best), seed
        assert agenda.attendee_minutes == sum_of_spans(best)
        assert agenda.outside_window == missed_windows(best)


def test_people_wait_from_their_first_item_to_their_last() -> None:
    order = [
        AgendaEntry("c1", 10, frozenset({"ann"})),
        AgendaEntry("c2", 20, frozenset({"bob"})),
        AgendaEntry("c3", 5, frozenset({"ann"})),
    ]
    assert sum_of_spans(order) == (10 + 20 + 5) + 20
    assert order_agenda(order).attendee_minutes == 15 + 20


def test_classes_come_first_and_equal_items_by_risk_then_id() -> None:
    entries = [
        AgendaEntry("c1", 5, risk=20.0),
        AgendaEntry("c2", 5, risk=20.0),
        AgendaEntry("c3", 5, risk=70.0),
        AgendaEntry("c4", 5, agenda_class=AgendaClass.DEADLINE_TODAY),
        AgendaEntry("c5", 5, agenda_class=AgendaClass.RETROSPECTIVE),
        AgendaEntry("c6", 5, agenda_class=AgendaClass.CARRIED_OVER),
    ]
    assert order_agenda(entries).order == ("c5", "c6", "c4", "c3", "c1", "c2")


def test_a_pinned_place_wins_over_classes_and_over_spans() -> None:
    entries = [
        AgendaEntry("c1", 5, frozenset({"ann"}), AgendaClass.RETROSPECTIVE),
        AgendaEntry("c2", 5, frozenset({"ann"})),
        AgendaEntry("c3", 50, frozenset({"bob"}), pinned_place=0),
    ]
    assert order_agenda(entries).order == ("c3", "c1", "c2")


def test_pins_that_collide_or_lie_past_the_end_take_the_nearest_free_place() -> None:
    entries = [AgendaEntry("c1", 5, pinned_place=9), AgendaEntry("c2", 5, pinned_place=1), AgendaEntry("c3", 5)]
    assert order_agenda(entries).order == ("c3", "c2", "c1")
    twice = [AgendaEntry("c1", 5, pinned_place=0), AgendaEntry("c2", 5, pinned_place=0), AgendaEntry("c3", 5)]
    assert order_agenda(twice).order == ("c1", "c2", "c3")


def test_an_expert_who_leaves_early_is_heard_early_and_an_impossible_window_is_reported() -> None:
    entries = [AgendaEntry("c1", 20, risk=90.0), AgendaEntry("c2", 10, window=(0, 10)), AgendaEntry("c3", 9)]
    assert order_agenda(entries).order[0] == "c2"
    late = order_agenda([AgendaEntry("c1", 20), AgendaEntry("c2", 10, window=(40, 60))])
    assert late.outside_window == ("c2",)


def test_a_long_agenda_keeps_its_rules_and_saves_time(worlds: Callable[[int], int]) -> None:
    """Above 14 items: never worse than risk order, classes kept, and no single move would help."""
    for seed in range(worlds(100) // 5):
        rng = random.Random(seed)
        entries = random_entries(rng, 20, pins=False)
        agenda = order_agenda(entries)
        by_id = {entry.change_id: entry for entry in entries}
        order = [by_id[change_id] for change_id in agenda.order]
        by_risk = sorted(entries, key=lambda entry: (entry.agenda_class, -entry.risk, entry.change_id))
        cost = (len(missed_windows(order)), sum_of_spans(order))
        assert sorted(agenda.order) == sorted(by_id)
        assert is_allowed(order)
        assert cost <= (len(missed_windows(by_risk)), sum_of_spans(by_risk))
        for entry in order:
            rest = [other for other in order if other is not entry]
            for place in range(len(order)):
                moved = [*rest[:place], entry, *rest[place:]]
                assert not is_allowed(moved) or cost <= (len(missed_windows(moved)), sum_of_spans(moved)), seed


def test_nothing_to_order() -> None:
    assert order_agenda([]).order == ()
