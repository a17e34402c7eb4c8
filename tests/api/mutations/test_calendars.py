"""Calendars under an address of their own, read by a calendar program."""

from datetime import timedelta
from typing import Any

from icalendar import Calendar

from api.ids import encode_id as gid
from domain.change.model import Change, ChangeState
from domain.kernel.actor import SYSTEM, Role
from domain.people.model import ServiceAccount
from tests.api.mutations.office import Office


async def made(office: Office, **given: Any) -> str:
    """Make a calendar and return its path."""
    outcome = await office.data(
        "mutation ($input: CalendarFeedCreateInput!) { calendarFeedCreate(input: $input) {"
        " ... on CalendarFeedCreateSuccess { address calendarFeed { id version } } } }",
        input={"name": "Mine", **given},
    )
    path: str = outcome["calendarFeedCreate"]["address"]
    return path


async def shown(office: Office, path: str) -> Any:
    """Return the events of the calendar by their summary."""
    answer = await office.client.get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    file = Calendar.from_ical(answer.content)
    return {str(event["summary"]): event for event in file.walk("VEVENT")}


async def does(office: Office, noun: Any, record_id: str, **facts: Any) -> None:
    async with office.runtime.ports.work(SYSTEM) as work:
        found = await work.get(noun, record_id)
        for name, value in facts.items():
            setattr(found, name, value)
        work.record("seed.made", found)
        await work.commit()


async def test_changes_keep_their_uid_and_raise_their_sequence(office: Office) -> None:
    path = await made(office, kind="CHANGES")
    first = await shown(office, path)
    summary, event = next((text, event) for text, event in first.items() if event["uid"].startswith("change-ASSESS@"))
    assert (event["sequence"], event["status"]) == (1, "CONFIRMED")
    moved = event["dtstart"].dt + timedelta(hours=1)
    await does(office, Change, "change-ASSESS", planned_start=moved, state=ChangeState.CANCELLED)
    later = (await shown(office, path))[summary]
    assert (later["uid"], later["sequence"], later["status"]) == (event["uid"], 2, "CANCELLED")
    assert later["dtstart"].dt == moved


async def test_a_board_shows_its_meetings(office: Office) -> None:
    path = await made(office, kind="BOARD", boardId=gid("CabSeries", "cab"))
    events = await shown(office, path)
    assert events
    assert all(event["dtend"].dt > event["dtstart"].dt for event in events.values())


async def test_what_has_not_changed_is_not_sent_again(office: Office) -> None:
    path = await made(office, kind="CHANGES")
    first = await office.client.get(path)
    again = await office.client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await does(office, Change, "change-ASSESS", title="Something else")
    assert (await office.client.get(path, headers={"If-None-Match": first.headers["etag"]})).status_code == 200


async def test_an_address_opens_its_own_calendar_until_it_is_revoked_or_its_owner_gone(office: Office) -> None:
    path, other = await made(office, kind="CHANGES"), await made(office, kind="CHANGES", teamId=gid("Team", "team"))
    assert path != other
    assert (await office.client.get("/calendars/hw_made-up.ics")).status_code == 404
    feeds = (await office.data("{ calendarFeeds { nodes { id name version } } }"))["calendarFeeds"]["nodes"]
    mine = next(feed for feed in feeds if feed["name"] == "Mine")
    await office.do("calendarFeedEnd", {"calendarFeedId": mine["id"], "expectedVersion": mine["version"]})
    codes = sorted([(await office.client.get(one)).status_code for one in (path, other)])
    assert codes == [200, 404]
    async with office.runtime.database.writer.begin() as connection:
        await connection.exec_driver_sql("UPDATE calendar_feed SET account_id = 'nobody'")
    assert {(await office.client.get(one)).status_code for one in (path, other)} == {404}


async def test_it_shows_what_its_owner_may_see_now(office: Office) -> None:
    path = await made(office, kind="CHANGES")
    assert await shown(office, path)
    await does(office, ServiceAccount, "account-bob", role=Role.REQUESTER, actor_person_id="cyd")
    assert await shown(office, path) == {}
