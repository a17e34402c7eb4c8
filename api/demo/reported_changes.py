"""The changes the report tells about: a patch round with its joint outage, the worked example, an innocent one."""

from api.demo.planned_changes import ChangeRow, TaskRow
from api.demo.stale_corner import UNMAPPED
from domain.change.model import (
    ChangeState,
    RollbackState,
    TaskAction,
    TechnicalRiskKind,
    TestState,
)

PATCH_ROUND, WORKED_EXAMPLE, INNOCENT = "patch-round", "xyz", "gateway-certificate"
"""The three changes the report tells about."""

JOINT_OUTAGE = (PATCH_ROUND, "memory-modules", "power-batteries")
"""Harmless one by one and two by two; together they stop the ledger."""

_S, _T, _R, _A = ChangeState, TestState, RollbackState, TaskAction

REPORTED = (
    ChangeRow(
        key=PATCH_ROUND,
        title="Quarterly patch round: payments-db and the first ledger node",
        team="Database Services",
        model="Database maintenance",
        targets=("payments-db", "ledger-db-1"),
        when="1 Sat 20:00",
        hours=4.0,
        requester="Henrik Olsson",
        description="Security patch set of the quarter on the payments database and on one node of the ledger cluster.",
        reason="Two critical vulnerabilities of the database engine are closed by this patch set.",
        test=_T.PARTIAL,
        rollback_minutes=75,
        prep_minutes=30,
        tasks=(
            TaskRow("Patch payments-db", "payments-db", _A.RESTART, (0, 2.5), "Miriam Katz", is_exclusive=True),
            TaskRow("Patch ledger-db-1", "ledger-db-1", _A.RESTART, (2.5, 4), "Miriam Katz"),
        ),
        findings=(
            (
                TechnicalRiskKind.ROLLBACK_DIFFICULTY,
                "The patch set rewrites the catalogue of payments-db.",
                "Arjun Mehta",
            ),
        ),
    ),
    ChangeRow(
        key="memory-modules",
        title="Replace faulty memory modules of srv-ledger-2",
        team="Server and Virtualisation",
        model="Hardware replacement",
        targets=("srv-ledger-2",),
        when="1 Sat 21:00",
        hours=3.0,
        reason="The server reports correctable memory errors since last week.",
        rollback=_R.TESTED,
        tasks=(TaskRow("Replace the modules", "srv-ledger-2", _A.REPLACE),),
    ),
    ChangeRow(
        key="power-batteries",
        title="Replace the batteries of power feed B in Bremen",
        team="Data Centre Operations",
        model="Hardware replacement",
        targets=("pdu-bre-b",),
        when="1 Sat 22:00",
        hours=3.0,
        reason="The batteries have reached the end of their service life.",
        tasks=(TaskRow("Replace the batteries", "pdu-bre-b", _A.REPLACE, implementer="Uwe Blohm"),),
    ),
    ChangeRow(
        key=WORKED_EXAMPLE,
        title="Upgrade application XYZ from v1.2 to v1.3",
        team="Online Banking Engineering",
        model="Application release",
        targets=("XYZ", "xyz-db"),
        when="0 Fri 21:30",
        hours=2.0,
        requester="Marco Stein",
        description="New version v1.3 of XYZ with a schema change of the production database xyz-db; bug XYZ-4711.",
        reason="Bug XYZ-4711: account overviews time out on the first of the month.",
        expected_effect="Response time of the account overview improves by 30 %.",
        rollback_plan="Deploy v1.2 again and restore xyz-db from the snapshot taken at 21:15.",
        rollback_minutes=20,
        prep_minutes=15,
        tasks=(
            TaskRow("Deploy v1.3", "XYZ", hours=(0, 1), implementer="Sofia Reuter"),
            TaskRow("Migrate the schema of xyz-db", "xyz-db", hours=(1, 2), implementer="Arjun Mehta"),
        ),
        findings=(
            (
                TechnicalRiskKind.PERFORMANCE,
                "The migration locks the busiest table: lower database concurrency while it runs.",
                "Arjun Mehta",
            ),
        ),
        requested_days=6,
    ),
    ChangeRow(
        key=INNOCENT,
        title=f"Renew the certificate of {UNMAPPED}",
        team="Corporate Applications",
        model="Certificate renewal",
        targets=(UNMAPPED,),
        when="1 Tue 19:00",
        hours=0.5,
        requester="Kai Thomsen",
        description="The certificate of the file transfer gateway runs out at the end of the month.",
        rollback_minutes=10,
        requested_days=4,
    ),
)
