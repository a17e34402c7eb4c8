"""Mutations about maintenance windows and freezes."""

from datetime import date
from typing import Any

import strawberry

from api.types.window import ChangeWindow
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, verb, with_command, with_facts
from domain.change.window_rules import WindowFacts
from domain.change.windows import ScopeKind, WindowKind
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import Duplicate
from domain.ports import Ports
from domain.usecases import windows
from domain.usecases.windows import DefineWindow

WINDOW = Outcome("change_window", ChangeWindow, "The window")


@strawberry.input(description="What may be said of a window. It recurs by weekdays, by a rule, or by dates.")
class WindowInput:
    """Facts of a window, all optional."""

    external_id: strawberry.Maybe[str | None] = given("Key in the system it is kept in, unique.")
    time_zone: strawberry.Maybe[str] = given("IANA time zone of its times and dates; UTC unless given.")
    weekdays: strawberry.Maybe[list[int]] = given("Days of the week on which it begins: 0 is Monday, 6 is Sunday.")
    rrule: strawberry.Maybe[str | None] = given("Rule by RFC 5545, e.g. FREQ=MONTHLY;BYDAY=2SU.")
    dates: strawberry.Maybe[list[date]] = given("Local dates on which it begins.", into=date.isoformat)
    effective_from: strawberry.Maybe[date | None] = given("First local date on which it may begin.")
    effective_until: strawberry.Maybe[date | None] = given("Last local date on which it may begin.")
    exceptions: strawberry.Maybe[list[date]] = given("Local dates on which it does not begin.", into=date.isoformat)


@strawberry.input(one_of=True, description="What a window applies to.")
class WindowScopeInput:
    """A site, a class, an item or a service."""

    site: strawberry.Maybe[str] = given("A site by name.", fact="scope_id", implies={"scope_kind": ScopeKind.SITE})
    class_name: strawberry.Maybe[str] = given(
        "A class of configuration items by name.", fact="scope_id", implies={"scope_kind": ScopeKind.CI_CLASS}
    )
    configuration_item_id: strawberry.Maybe[strawberry.ID] = given(
        "A configuration item.", fact="scope_id", of="ConfigurationItem", implies={"scope_kind": ScopeKind.CI}
    )
    service_id: strawberry.Maybe[strawberry.ID] = given(
        "A business service.", fact="scope_id", of="BusinessService", implies={"scope_kind": ScopeKind.SERVICE}
    )


@strawberry.input(description="A recurring or one-off window.")
class WindowDefineInput(WindowInput, Repeatable):
    """Kind, name and times are required."""

    kind: WindowKind = given("Whether it permits or forbids.")
    scope: WindowScopeInput | None = given(
        "What it applies to; null: the whole organisation.", is_spread=True, default=None
    )
    name: str = given("Name, at most 200 characters.")
    local_start: str = given("Local time HH:MM at which it begins.")
    local_end: str = given("Local time HH:MM at which it ends; at or before the start: on the next day.")


@strawberry.input
class SeenWindow:
    """A window at the version somebody saw."""

    window_id: strawberry.ID = given("The window.", of="ChangeWindow")
    expected_version: int = given(SEEN)


@strawberry.input(description="What changes of a window: what is absent stays, null clears.")
class WindowUpdateInput(WindowInput, SeenWindow):
    """Facts with the window they are about."""

    name: strawberry.Maybe[str] = given("Name, at most 200 characters.")
    local_start: strawberry.Maybe[str] = given("Local time HH:MM at which it begins.")
    local_end: strawberry.Maybe[str] = given("Local time HH:MM at which it ends; at or before the start: next day.")


@strawberry.input(description="A window that holds no longer.")
class WindowEndInput(SeenWindow):
    """Which one."""


@strawberry.input(description="Leave for one change to run inside a freeze.")
class WindowExemptInput(SeenWindow):
    """Which change, and why."""

    change_id: strawberry.ID = given("The change; not one of your own.", of="Change")
    reason: str = given("Why it may.")


async def _define(ports: Ports, actor: Actor, **told: Any) -> Any:
    return await _define_scoped(ports, actor, **{"scope_kind": ScopeKind.ORGANISATION, **told})


_define_scoped = with_command(windows.define, DefineWindow, WindowFacts)


@strawberry.type
class WindowMutations:
    """Verbs of maintenance windows and freezes."""

    window_define = verb(
        _define,
        WindowDefineInput,
        "State a recurring or one-off window.",
        answers=WINDOW,
        refusals=(*CREATES, Duplicate),
        needs=Permission.WRITE_WINDOW,
    )
    window_update = verb(
        with_facts(windows.update, WindowFacts),
        WindowUpdateInput,
        "Change name, zone, times or dates of a window.",
        answers=WINDOW,
        refusals=(*STEPS, Duplicate),
        needs=Permission.WRITE_WINDOW,
    )
    window_end = verb(
        windows.end,
        WindowEndInput,
        "Say that a window holds no longer.",
        answers=WINDOW,
        refusals=STEPS,
        needs=Permission.WRITE_WINDOW,
    )
    window_exempt = verb(
        windows.exempt,
        WindowExemptInput,
        "Let one change run inside a freeze; nobody gives this leave to a change of their own.",
        answers=WINDOW,
        refusals=STEPS,
        needs=Permission.MANAGE_CHANGE,
    )
