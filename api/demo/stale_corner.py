"""The corner of the CMDB nobody looks after: what came with a merger, was imported once and never confirmed since."""

from api.demo.estate import CiRow, GroupRow, LinkRow, Part, R
from api.demo.services import BREMEN

_TEAM = "Corporate Applications"
_MERGER = "Weserbank merger import"
_FOUR_YEARS, _THREE_YEARS = 1500, 1150

UNMAPPED = "ft-gw-02"
"""A gateway that somebody surely uses; the CMDB does not say who."""


def _item(name: str, kind: str, tier: int | None = None, seen_days: int | None = _FOUR_YEARS) -> CiRow:
    return CiRow(name, kind, BREMEN, _TEAM, tier, _MERGER, seen_days)


def _link(name: str, kind: R, target: str, alpha: float | None = None, seen_days: int | None = _THREE_YEARS) -> LinkRow:
    return LinkRow(name, kind, target, alpha, _MERGER, None, seen_days)


STALE_CORNER = Part(
    items=(
        _item(UNMAPPED, "file transfer gateway", seen_days=None),
        _item("ft-gw-01", "file transfer gateway", 3),
        _item("Archive", "application", 3),
        _item("archive-db", "database", 3),
        _item("arc-b01", "virtual machine", 3),
        _item("arc-b02", "virtual machine", 3, seen_days=None),
        _item("optical-jukebox", "storage array", 3, seen_days=None),
        _item("Payroll", "application", 4),
        _item("Time Recording", "application", 4),
        _item("hr-db", "database", 4),
        _item("pay-b01", "virtual machine", 4),
        _item("tim-b01", "virtual machine", 4, seen_days=None),
        _item("esx-old-01", "hypervisor", 4),
        _item("esx-old-02", "hypervisor", 4),
    ),
    links=(
        _link("Document Archive", R.DEPENDS_ON, "Archive"),
        _link("Archive", R.DEPENDS_ON, "archive-db"),
        _link("archive-db", R.DEPENDS_ON, "optical-jukebox", seen_days=None),
        _link("archive-db", R.RUNS_ON, "arc-b02", seen_days=None),
        _link("Archive", R.RUNS_ON, "arc-b01"),
        _link("Archive", R.USES, "ft-gw-01", 0.4),
        _link("Human Resources", R.DEPENDS_ON, "Payroll"),
        _link("Human Resources", R.USES, "Time Recording", 0.5),
        _link("Payroll", R.DEPENDS_ON, "hr-db"),
        _link("Time Recording", R.DEPENDS_ON, "hr-db", seen_days=None),
        _link("Payroll", R.RUNS_ON, "pay-b01"),
        _link("Time Recording", R.RUNS_ON, "tim-b01", seen_days=None),
        *(_link(name, R.HOSTED_ON, "esx-old-01") for name in ("arc-b01", "pay-b01")),
        *(_link(name, R.HOSTED_ON, "esx-old-02") for name in ("arc-b02", "tim-b01")),
        *(_link(name, R.HOSTED_ON, "room-bre-2") for name in ("esx-old-01", "esx-old-02")),
    ),
    groups=(GroupRow("machines of Archive", ("arc-b01", "arc-b02"), ("Archive",), is_assumed=True),),
)
