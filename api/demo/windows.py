"""When work is welcome and when it is forbidden: maintenance windows and freezes, each in its own zone."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.demo.dates import ZONE_NAME, Timeline
from api.demo.register import Entry, Register
from api.demo.services import BRANCHES
from domain.change.model import Change
from domain.change.windows import ChangeWindow, ScopeKind, WindowExemption, WindowKind
from domain.ci.model import ConfigurationItem

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A weekly maintenance window, or a freeze on single days such as "2 Thu"."""

    name: str
    scope: ScopeKind
    of: str
    start: str
    end: str
    weekdays: tuple[int, ...] = ()
    days: tuple[str, ...] = ()
    zone: str = ZONE_NAME


_CLASS, _CI, _SERVICE, _SITE = ScopeKind.CI_CLASS, ScopeKind.CI, ScopeKind.SERVICE, ScopeKind.SITE

MAINTENANCE = (
    WindowRow("Sunday network window", _CLASS, "core switch", "00:00", "06:00", (SUN,)),
    WindowRow("Storage weekend", _CLASS, "storage array", "22:00", "08:00", (SAT,)),
    WindowRow("Hypervisor nights", _CLASS, "hypervisor", "20:00", "06:00", (TUE, THU, SAT)),
    WindowRow("Branch nights", _SITE, BRANCHES, "20:00", "06:00", (MON, TUE, WED, THU, FRI, SAT, SUN)),
    WindowRow("Ledger weekend", _CI, "ledger-db", "20:00", "08:00", (FRI, SAT)),
    WindowRow(
        "Exchange weekend", _CI, "Market Data Feed", "18:00", "06:00", (MON, TUE, FRI, SAT), (), "America/New_York"
    ),
    WindowRow("SWIFT maintenance", _CI, "SWIFT Interface", "14:00", "22:00", (SAT,), (), "Europe/Brussels"),
    WindowRow("Agreed with card schemes", _SERVICE, "Card Payments", "01:00", "05:00", (TUE, WED, SUN)),
    WindowRow("Agreed with payments", _SERVICE, "Payments and SEPA", "19:00", "07:00", (FRI, SAT, SUN)),
)

QUARTER_CLOSE = "Quarter close of the ledger"
FREEZES = (
    WindowRow(QUARTER_CLOSE, _SERVICE, "Core Banking", "00:00", "00:00", days=("2 Thu", "2 Fri", "2 Sat")),
    WindowRow(
        "Card scheme certification", _SERVICE, "Card Payments", "06:00", "00:00", days=("3 Mon", "3 Tue", "3 Wed")
    ),
)

EXEMPTIONS = (
    (
        QUARTER_CLOSE,
        "interest-rates",
        "Katharina Brandt",
        "The regulator's new reference rate must be in the ledger before the quarter closes.",
    ),
)
"""Freeze, key of the change, who let it, why."""


def windows(register: Register, timeline: Timeline) -> Iterator[Entry]:
    """Yield the maintenance windows and the freezes with their exemptions; changes must be entered before."""
    rows = [*((WindowKind.MAINTENANCE, row) for row in MAINTENANCE), *((WindowKind.BLACKOUT, row) for row in FREEZES)]
    for number, (kind, row) in enumerate(rows, 1):
        window_id = register.enter(ChangeWindow, row.name)
        is_named = row.scope in (ScopeKind.CI, ScopeKind.SERVICE)
        window = ChangeWindow(
            id=window_id,
            external_id=f"WIN-{number:02d}",
            name=row.name,
            kind=kind,
            scope_kind=row.scope,
            scope_id=register.id_of(ConfigurationItem, row.of) if is_named else row.of,
            time_zone=row.zone,
            local_start=row.start,
            local_end=row.end,
            weekdays=list(row.weekdays),
            dates=[timeline.day(day) for day in row.days],
            valid_from=timeline.ago(400),
            exemptions=[
                WindowExemption(
                    id=register.new_id(),
                    window_id=window_id,
                    change_id=register.id_of(Change, key),
                    granted_by=granted_by,
                    reason=reason,
                    recorded_at=timeline.ago(3),
                )
                for freeze, key, granted_by, reason in EXEMPTIONS
                if freeze == row.name
            ],
        )
        yield Entry("change_window.defined", window)
