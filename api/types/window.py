"""Maintenance windows and freezes as GraphQL shows them."""

from datetime import date, datetime
from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.listing import filtered
from api.relations import One, Varying, many
from api.relay import Connection, Node, global_id
from api.types.filters import ChoiceFilter
from api.types.names import AChange, APerson
from api.types.references import reference_input
from api.viewing import until_ended, viewer_can
from domain.change.windows import ScopeKind, WindowKind
from domain.kernel.actor import Permission
from domain.kernel.duties import RecordAct


def _scope(kind: ScopeKind, scope_id: str | None) -> tuple[str, str] | None:
    type_name = {ScopeKind.CI: "ConfigurationItem", ScopeKind.SERVICE: "BusinessService"}.get(kind)
    return None if type_name is None or scope_id is None else (type_name, scope_id)


def _scope_name(kind: ScopeKind, scope_id: str | None) -> str | None:
    return scope_id if kind in (ScopeKind.SITE, ScopeKind.CI_CLASS) else None


def _days(days: list[str]) -> list[date]:
    return [date.fromisoformat(day) for day in days]


@strawberry.type(description="Leave for one change to run inside a freeze, with who gave it and why.")
class WindowExemption:
    """Rows of the noun `window_exemption`."""

    noun: ClassVar[str] = "window_exemption"

    reason: str = column("Why the change may run.")
    recorded_at: datetime = column("When it was given.")
    granted_by: APerson | None = sourced("Who gave it; null when a program did.", One("granted_by"))
    change: AChange | None = sourced("The change that may run.", One("change_id"))
    window: "ChangeWindow | None" = sourced("The freeze it may run in.", One("window_id"))


@strawberry.type(description="A recurring span of local time in which changes are to be made, or must not be.")
class ChangeWindow(Node):
    """Rows of the noun `change_window`."""

    noun: ClassVar[str] = "change_window"

    id: strawberry.ID = global_id("ChangeWindow")
    external_id: str | None = column("Key in the system it was imported from; null when it was made here.")
    name: str = column("Name of the window.")
    kind: WindowKind = column("What it means for changes.")
    scope_kind: ScopeKind = column("What it applies to.")
    scope_name: str | None = computed(
        "Site or class it applies to; null unless it applies to one.", ("scope_kind", "scope_id"), _scope_name
    )
    time_zone: str = column("IANA time zone in which its times are meant.")
    local_start: str = column("Local time HH:MM at which an occurrence begins.")
    local_end: str = column("Local time HH:MM at which it ends; at or before the start: on the next day.")
    weekdays: list[int] = column("Days of the week on which it occurs, Monday is 0; empty when a rule or dates say it.")
    rrule: str | None = column("Recurrence rule by RFC 5545; null when weekdays or dates say it.")
    dates: list[date] = computed(
        "Local dates on which it occurs; empty when a rule or weekdays say it.", ("dates",), _days
    )
    exceptions: list[date] = computed("Local dates on which it does not occur.", ("exceptions",), _days)
    effective_from: date | None = column("First local date of an occurrence; null without a limit.")
    effective_until: date | None = column("Last local date of an occurrence; null without a limit.")
    valid_from: datetime = column("Since when the window is in force.")
    valid_to: datetime | None = column("Until when it was in force; null while it is.")
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("change_window", ("valid_to",), until_ended)
    scope: Node | None = sourced(
        "The configuration item or business service it applies to; null unless it applies to one.",
        Varying(("scope_kind", "scope_id"), _scope),
    )
    exemptions: Connection[WindowExemption] | None = many(
        "Changes that may run in this freeze.", "window", needs=Permission.READ_ALL
    )


ChangeWindowRef = reference_input("ChangeWindow", "id", "external_id")


@strawberry.input(description="Which windows: those that match every field given.")
class ChangeWindowWhere:
    """Filters over indexes of the noun `change_window`."""

    kind: ChoiceFilter[WindowKind] | None = filtered("By what they mean for changes.", "kind")
    scope_kind: ChoiceFilter[ScopeKind] | None = filtered("By what they apply to.", "scope_kind")
