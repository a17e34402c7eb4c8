"""Business calendars: when an organisation, a service, a team or a person works (D12)."""

from domain.calendar.model import Calendar
from domain.calendar.rules import CalendarFacts, calendar_issues
from domain.kernel.absent import apply_facts
from domain.kernel.actor import Actor, Permission
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import act, check, check_free


async def create_calendar(ports: Ports, actor: Actor, facts: CalendarFacts) -> str:
    """Take a calendar into the record (`calendarCreate`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        calendar = Calendar(id=work.new_id(), external_id=None, name="", time_zone="UTC", weekly=[])
        await _state(work, calendar, facts)
        work.add(calendar)
        work.record("calendar.created", calendar)
    return calendar.id


async def update_calendar(
    ports: Ports, actor: Actor, calendar_id: str, expected_version: int, facts: CalendarFacts
) -> str:
    """Change zone, hours or holidays of a calendar (`calendarUpdate`)."""
    async with act(ports, actor, Permission.WRITE_PEOPLE) as work:
        calendar = await work.get_at(Calendar, calendar_id, expected_version)
        await _state(work, calendar, facts)
        work.record("calendar.updated", calendar)
    return calendar.id


async def _state(work: UnitOfWork, calendar: Calendar, facts: CalendarFacts) -> None:
    apply_facts(calendar, facts)
    await check(work, calendar_issues(calendar))
    await check_free(work, "calendar", calendar, "external_id", "name")
    if calendar.is_organisation_default:
        await _succeed_default(work, calendar)


async def _succeed_default(work: UnitOfWork, calendar: Calendar) -> None:
    """There is one default: the one before it steps back in the same act."""
    for former in await work.find_all(Calendar, is_organisation_default=True):
        if former is not calendar:
            former.is_organisation_default = False
            work.record("calendar.updated", former)
