"""The rest of the coming month: what teams do every month, planned so that it stays out of the way."""

from dataclasses import dataclass

from api.demo.planned_changes import ChangeRow
from domain.change.model import ChangeState, DecisionKind, RollbackState, TestState

_CORPORATE, _SERVERS, _NETWORK = "Corporate Applications", "Server and Virtualisation", "Network Services"
_APPROVED = ((DecisionKind.APPROVE, "Katharina Brandt", "Approved last Wednesday."),)

_PATCH, _RELEASE, _DATABASE = "Operating system patching", "Application release", "Database maintenance"


@dataclass(frozen=True, slots=True)
class RoutineRow:
    """A change nobody would talk about: key, what, by whom, of which kind, on what, when and for how long."""

    key: str
    title: str
    team: str
    model: str
    target: str
    when: str
    hours: float = 1.5

    def row(self, state: ChangeState) -> ChangeRow:
        """Return the change in that state: what is decided is well prepared, a draft is not."""
        is_decided, is_draft = state is ChangeState.SCHEDULED, state is ChangeState.NEW
        return ChangeRow(
            key=self.key,
            title=self.title,
            team=self.team,
            model=self.model,
            targets=(self.target,),
            when=self.when,
            hours=self.hours,
            state=state,
            test=TestState.UNKNOWN if is_draft else TestState.PASSED,
            rollback=_ROLLBACK_BY_STATE[state],
            is_peer_reviewed=not is_draft,
            decisions=_APPROVED if is_decided else (),
            requested_days=_REQUESTED_DAYS_AGO[state],
        )


_ROLLBACK_BY_STATE = {
    ChangeState.SCHEDULED: RollbackState.TESTED,
    ChangeState.AUTHORISE: RollbackState.DOCUMENTED,
    ChangeState.NEW: RollbackState.UNKNOWN,
}
_REQUESTED_DAYS_AGO = {ChangeState.SCHEDULED: 14.0, ChangeState.AUTHORISE: 5.0, ChangeState.NEW: 1.0}

DECIDED = (
    RoutineRow("patch-obp", "Monthly patches on obp-h01", _SERVERS, _PATCH, "obp-h01", "0 Thu 20:30"),
    RoutineRow("patch-mob", "Monthly patches on mob-b02", _SERVERS, _PATCH, "mob-b02", "0 Thu 22:30"),
    RoutineRow("patch-cau", "Monthly patches on cau-h03", _SERVERS, _PATCH, "cau-h03", "0 Sat 02:00"),
    RoutineRow("patch-phb", "Monthly patches on phb-b01", _SERVERS, _PATCH, "phb-b01", "0 Sat 20:00"),
    RoutineRow(
        "rule-market", "Rule for the new market data supplier", _NETWORK, "Firewall rule", "fw-bre-1", "0 Wed 20:00"
    ),
    RoutineRow("router-celle", "Firmware of br-celle", _NETWORK, "Network change", "br-celle", "0 Tue 22:00"),
    RoutineRow("router-syke", "Firmware of br-syke", _NETWORK, "Network change", "br-syke", "0 Tue 23:45"),
    RoutineRow("router-uelzen", "Firmware of br-uelzen", _NETWORK, "Network change", "br-uelzen", "0 Thu 22:00"),
    RoutineRow(
        "batch-window",
        "Later start of the statement run",
        "Integration and Batch",
        "Middleware and batch",
        "batch-bre",
        "0 Thu 19:30",
    ),
    RoutineRow(
        "backup-han",
        "Larger cache for backup-han",
        "Storage and Backup",
        "Storage and backup work",
        "backup-han",
        "0 Sat 09:00",
        3,
    ),
    RoutineRow("intranet-news", "Intranet: new news pages", _CORPORATE, _RELEASE, "Intranet", "0 Wed 19:00"),
    RoutineRow("lab-upgrade", "New release of the test system lab-3", _SERVERS, _PATCH, "lab-3", "0 Tue 19:00", 3),
    RoutineRow(
        "atm-heide", "Software of ATM fleet Heide", "Branch and ATM Systems", _RELEASE, "ATM fleet Heide", "0 Wed 23:00"
    ),
)
"""Approved by the board last Wednesday."""

WAITING = (
    RoutineRow(
        "atm-weser", "Software of ATM fleet Weser", "Branch and ATM Systems", _RELEASE, "ATM fleet Weser", "1 Wed 23:00"
    ),
    RoutineRow(
        "atm-leine", "Software of ATM fleet Leine", "Branch and ATM Systems", _RELEASE, "ATM fleet Leine", "2 Wed 23:00"
    ),
    RoutineRow("router-soltau", "Firmware of br-soltau", _NETWORK, "Network change", "br-soltau", "1 Mon 22:00"),
    RoutineRow("router-verden", "Firmware of br-verden", _NETWORK, "Network change", "br-verden", "1 Wed 22:00"),
    RoutineRow(
        "loan-release",
        "Loan Desk: new credit agreement forms",
        "Core Banking Engineering",
        _RELEASE,
        "Loan Desk",
        "1 Tue 20:30",
    ),
    RoutineRow(
        "scoring-model",
        "Credit Scoring: model of the year",
        "Core Banking Engineering",
        _RELEASE,
        "Credit Scoring",
        "1 Wed 20:00",
    ),
    RoutineRow(
        "warehouse-load",
        "Faster load of the Reporting Warehouse",
        _CORPORATE,
        _RELEASE,
        "Reporting Warehouse",
        "1 Wed 20:00",
    ),
    RoutineRow("anacredit", "AnaCredit Feed: taxonomy 4.1", _CORPORATE, _RELEASE, "AnaCredit Feed", "2 Wed 20:00"),
    RoutineRow("patch-tel", "Monthly patches on tel-h01", _SERVERS, _PATCH, "tel-h01", "1 Mon 20:00"),
    RoutineRow("patch-atm", "Monthly patches on atm-b01", _SERVERS, _PATCH, "atm-b01", "1 Wed 21:30"),
    RoutineRow("patch-trs", "Monthly patches on trs-h01", _SERVERS, _PATCH, "trs-h01", "2 Wed 20:00"),
    RoutineRow(
        "appointments", "Appointments: video calls", "Branch and ATM Systems", _RELEASE, "Appointments", "2 Mon 20:30"
    ),
    RoutineRow("cash-db-patch", "Patch set on cash-db", "Database Services", _DATABASE, "cash-db", "3 Mon 20:30"),
    RoutineRow(
        "scoring-db-patch", "Patch set on scoring-db", "Database Services", _DATABASE, "scoring-db", "3 Thu 20:00"
    ),
    RoutineRow(
        "treasury-release", "Collateral: new margin rules", "Treasury Systems", _RELEASE, "Collateral", "3 Thu 19:30"
    ),
    RoutineRow(
        "swift-release",
        "SWIFT Interface: standards release",
        "Payments Engineering",
        _RELEASE,
        "SWIFT Interface",
        "1 Sat 15:00",
    ),
)
"""Waiting for a decision."""

DRAFTS = (
    RoutineRow(
        "gateway-one", "Certificate of ft-gw-01", _CORPORATE, "Certificate renewal", "ft-gw-01", "3 Tue 19:00", 0.5
    ),
    RoutineRow(
        "hsm-firmware",
        "Firmware of hsm-bre",
        "Information Security",
        "Hardware replacement",
        "hsm-bre",
        "4 Tue 21:00",
        2,
    ),
    RoutineRow(
        "uplink-test", "Failover test of uplink-han", _NETWORK, "Network change", "uplink-han", "4 Sun 01:00", 2
    ),
)
"""Just begun."""

ROUTINE = (
    *(row.row(ChangeState.SCHEDULED) for row in DECIDED),
    *(row.row(ChangeState.AUTHORISE) for row in WAITING),
    *(row.row(ChangeState.NEW) for row in DRAFTS),
)
