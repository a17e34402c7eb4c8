"""The log as a list: cursors, filters and rights of the live feed; no gap, count or cursor tells of the rest."""

from typing import Any

import pytest

from api.ids import encode_id
from domain.incident.model import Incident
from domain.kernel.actor import SYSTEM, Actor, Role
from tests.api.desk import KEY, Desk, somebody
from tests.api.estate import number_events
from tests.api.test_query_counts import counted
from tests.builders import a_ci, a_class, a_person, a_problem, a_relation, an_incident

AUDITOR = somebody(Role.AUDITOR)
ROOT = somebody(Role.ADMINISTRATOR)
LOG = """query ($where: EventWhere, $first: Int! = 25, $after: String) {
  events(where: $where, first: $first, after: $after) {
    totalCount nodes { id cursor kind position subjectVersion } pageInfo { hasNextPage endCursor } }
  latestEvent { cursor } }"""


async def hold(desk: Desk) -> None:
    """Incidents, every other one restricted, of different priorities."""
    await desk.holds(a_person(id="ben"))
    for number in range(8):
        await desk.holds(
            an_incident(id=f"inc-{number}", is_restricted=number % 2 == 1, priority=number // 2 + 1, reporter_id="ben")
        )
    await number_events(desk.database)


async def test_nothing_tells_of_what_is_not_seen(desk: Desk) -> None:
    await hold(desk)
    answer = await desk.data(LOG, AUDITOR)
    events, latest = answer["events"], answer["latestEvent"]
    assert events["totalCount"] == len(events["nodes"]) == 5
    assert {event["position"] for event in events["nodes"]} == {None}
    assert latest == {"cursor": events["nodes"][-1]["cursor"]}
    assert (await desk.data(LOG, ROOT))["events"]["nodes"][-1]["position"] == 9
    # A cursor is as good as random: neither its order nor its distance to the next one says anything.
    cursors = [KEY.cursor(position) for position in range(200)]
    assert len({cursor[:3] for cursor in cursors}) > 150
    assert sorted(cursors) != cursors


async def test_pages_go_on_from_a_cursor_of_any_feed(desk: Desk) -> None:
    await hold(desk)
    seen, after = [], None
    for _ in range(10):
        page = (await desk.data(LOG, AUDITOR, first=2, after=after))["events"]
        seen += [event["cursor"] for event in page["nodes"]]
        after = page["pageInfo"]["endCursor"] or after
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert seen == [KEY.cursor(position) for position in (1, 2, 4, 6, 8)]


@pytest.mark.parametrize("cursor", ["", "x", "AAAAAAAAAAAAAAAAAAAAAA", KEY.cursor(3)[:-2], "ÿ"])
async def test_a_made_up_cursor_is_refused(desk: Desk, cursor: str) -> None:
    answer = await desk.ask(LOG, AUDITOR, after=cursor)
    assert answer.errors[0]["extensions"]["code"] == "INVALID_INPUT"


async def test_it_is_narrowed_as_a_subscription_is(desk: Desk) -> None:
    await hold(desk)
    await desk.holds(a_class(), *[a_ci(id=name, name=name) for name in ("post", "mail", "away")])
    await desk.holds(a_relation("post", "mail"), an_incident("mail", id="on-mail"), a_problem("away", id="prb"))
    await number_events(desk.database)

    async def kinds(feed: dict[str, Any], actor: Actor = ROOT, **more: Any) -> Any:
        page = (await desk.data(LOG, actor, where={"feed": feed}, **more))["events"]
        return len(page["nodes"]), page["totalCount"]

    assert await kinds({"tickets": {}}) == (10, 10)
    assert await kinds({"tickets": {"kind": {"eq": "PROBLEM"}}}) == (1, 1)
    assert await kinds({"tickets": {"priority": {"lte": 2}}}) == (4, None)
    assert await kinds({"tickets": {"priority": {"lte": 2}}}, AUDITOR) == (2, None)
    assert await kinds({"tickets": {"neighbourhoodOf": {"eq": encode_id("BusinessService", "post")}}}) == (1, None)
    assert await kinds({"configuration": {}}) == (4, 4)
    page = (await desk.data(LOG, ROOT, where={"feed": {"tickets": {"priority": {"eq": 4}}}}, first=1))["events"]
    assert page["pageInfo"]["hasNextPage"]
    rest = await desk.data(
        LOG, ROOT, where={"feed": {"tickets": {"priority": {"eq": 4}}}}, after=page["pageInfo"]["endCursor"]
    )
    assert len(rest["events"]["nodes"]) == 1


async def test_a_page_takes_one_statement_whatever_it_holds(desk: Desk) -> None:
    await hold(desk)
    text = LOG.replace("totalCount", "").replace("latestEvent { cursor }", "")
    for where in (None, {"feed": {"tickets": {}}}, {"feed": {"tickets": {"priority": {"eq": 1}}}}):
        with counted(desk.database) as statements:
            await desk.data(text, AUDITOR, where=where)
        assert sum(statement.lstrip().startswith("SELECT") for statement in statements) == 1


async def test_what_is_restricted_later_takes_its_past_along_and_what_is_freed_keeps_its_own(desk: Desk) -> None:
    await desk.holds(a_person(id="ben"), an_incident(id="inc", title="open"))
    for is_restricted, title in ((True, "secret"), (False, "open again")):
        async with desk.ports.work(SYSTEM) as work:
            found = await work.get(Incident, "inc")
            found.is_restricted, found.title = is_restricted, title
            work.record("incident.updated", found)
            await work.commit()
        await number_events(desk.database)
        text = "{ events(first: 100) { nodes { image subject { id } } } }"
        seen = [event["image"].get("title") for event in (await desk.data(text, AUDITOR))["events"]["nodes"]]
        assert seen == ([None] if is_restricted else [None, "open", "open again"])
