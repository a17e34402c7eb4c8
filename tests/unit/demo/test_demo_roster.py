"""Work goes to who is free, so that only planted conflicts arise."""

from datetime import timedelta

from api.demo.dates import Timeline
from api.demo.people import members_of
from api.demo.roster import Roster
from tests.unit.demo.story import AS_OF

TEAM = "Network Services"
LEAD, *OTHERS = members_of(TEAM)
EVENING = (AS_OF + timedelta(hours=12), AS_OF + timedelta(hours=14))


def test_the_lead_works_only_when_the_others_are_taken() -> None:
    roster = Roster(Timeline(AS_OF))
    first = [roster.whoever_is_free(TEAM, EVENING, requester="nobody") for _ in OTHERS]
    assert sorted(first) == sorted(OTHERS)
    assert roster.whoever_is_free(TEAM, EVENING, requester="nobody") == LEAD


def test_who_asked_for_the_work_does_it_last_of_all() -> None:
    roster = Roster(Timeline(AS_OF))
    chosen = [roster.whoever_is_free(TEAM, EVENING, requester=OTHERS[0]) for _ in members_of(TEAM)]
    assert chosen[-1] == OTHERS[0]


def test_work_that_touches_other_work_is_no_overlap() -> None:
    roster = Roster(Timeline(AS_OF))
    for name in members_of(TEAM):
        roster.reserve(name, EVENING)
    later = (EVENING[1], EVENING[1] + timedelta(hours=1))
    assert roster.whoever_is_free(TEAM, later, requester="nobody") in OTHERS


def test_nobody_works_on_leave() -> None:
    timeline = Timeline(AS_OF)
    during = (timeline.at("1 Sat 20:00"), timeline.at("1 Sat 22:00"))
    roster = Roster(timeline)
    chosen = [roster.whoever_is_free("Storage and Backup", during, requester="nobody") for _ in range(2)]
    assert "Viktor Hahn" not in chosen
