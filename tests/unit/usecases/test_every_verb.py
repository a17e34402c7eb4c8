"""What holds of every business verb: it leaves its event, and a refusal names its field and changes nothing."""

import inspect
from types import ModuleType

import pytest

from domain.kernel.errors import Forbidden, InvalidInput, StaleVersion
from domain.usecases import (
    accounts,
    cab,
    calendar_feeds,
    calendars,
    change_lifecycle,
    changes,
    configuration,
    incidents,
    people,
    problems,
    topology,
    webhooks,
    windows,
)
from tests.unit.usecases import (
    account_cases,
    board_cases,
    change_cases,
    configuration_cases,
    integration_cases,
    people_cases,
    ticket_cases,
)
from tests.unit.usecases.cases import Case, Doing
from tests.unit.usecases.world import ADMINISTRATOR, AUDITOR, World

MODULES = [
    accounts,
    cab,
    calendar_feeds,
    calendars,
    change_lifecycle,
    changes,
    configuration,
    incidents,
    people,
    problems,
    topology,
    webhooks,
    windows,
]
CASES = [
    *people_cases.CASES,
    *account_cases.CASES,
    *configuration_cases.CASES,
    *ticket_cases.CASES,
    *change_cases.CASES,
    *board_cases.CASES,
    *integration_cases.CASES,
]
WRONG = [
    pytest.param(case, fields, call, id=f"{case.name}-{fields.replace(' ', '+')}")
    for case in CASES
    for fields, call in case.wrong.items()
]
every_verb = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def verbs_of(module: ModuleType) -> set[str]:
    return {
        f"{module.__name__.rsplit('.', 1)[-1]}.{name}"
        for name, function in inspect.getmembers(module, inspect.iscoroutinefunction)
        if function.__module__ == module.__name__
        and list(inspect.signature(function).parameters)[:2] == ["ports", "actor"]
        and not name.startswith("_")
    }


def test_every_verb_has_a_case() -> None:
    assert {case.name for case in CASES} == set().union(*map(verbs_of, MODULES))


@every_verb
async def test_leaves_its_event_and_wakes_the_relay(world: World, case: Case) -> None:
    await case.right(world.ports, ADMINISTRATOR, case.seen or 0)
    last = (await world.events())[-1]
    assert (last.kind, last.actor_id, len(world.woken)) == (case.event, ADMINISTRATOR.id, 1)
    assert last.subject_version == last.body["version"] > (case.seen or 0)


@pytest.mark.parametrize(("case", "fields", "call"), WRONG)
async def test_refuses_naming_the_fields(world: World, case: Case, fields: str, call: Doing) -> None:
    before = await world.everything()
    with pytest.raises(InvalidInput) as refusal:
        await call(world.ports, ADMINISTRATOR, case.seen or 0)
    assert {issue.path for issue in refusal.value.issues} >= set(fields.split())
    assert (await world.everything(), world.woken) == (before, [])


@every_verb
async def test_is_denied_without_the_permission(world: World, case: Case) -> None:
    before = await world.everything()
    with pytest.raises(Forbidden):
        await case.right(world.ports, AUDITOR, case.seen or 0)
    assert (await world.everything(), world.woken) == (before, [])


@pytest.mark.parametrize("case", [case for case in CASES if case.seen is not None], ids=lambda case: case.name)
async def test_refuses_what_somebody_changed_meanwhile(world: World, case: Case) -> None:
    before = await world.everything()
    with pytest.raises(StaleVersion) as refusal:
        await case.right(world.ports, ADMINISTRATOR, 7)
    assert (refusal.value.expected, refusal.value.current) == (7, 1)
    assert (await world.everything(), world.woken) == (before, [])
