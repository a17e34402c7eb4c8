"""The changes of the coming month that have a story: one for every kind of conflict, and the ones worth showing."""

from api.demo.planned_changes import ChangeRow, TaskRow
from api.demo.stale_corner import UNMAPPED
from domain.change.model import (
    ChangeState,
    ChangeType,
    DecisionKind,
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
        *(PATCH_ROUND, "Quarterly patch round: payments-db and the first ledger node", "Database Services"),
        *("Database maintenance", ("payments-db", "ledger-db-1"), "1 Sat 20:00", 4.0),
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
            (TechnicalRiskKind.ROLLBACK_DIFFICULTY, "The patch set rewrites the catalogue of payments-db.", "Arjun Mehta"),
        ),
    ),
    ChangeRow(
        *("memory-modules", "Replace faulty memory modules of srv-ledger-2", "Server and Virtualisation"),
        *("Hardware replacement", ("srv-ledger-2",), "1 Sat 21:00", 3.0),
        reason="The server reports correctable memory errors since last week.",
        rollback=_R.TESTED,
        tasks=(TaskRow("Replace the modules", "srv-ledger-2", _A.REPLACE),),
    ),
    ChangeRow(
        *("power-batteries", "Replace the batteries of power feed B in Bremen", "Data Centre Operations"),
        *("Hardware replacement", ("pdu-bre-b",), "1 Sat 22:00", 3.0),
        reason="The batteries have reached the end of their service life.",
        tasks=(TaskRow("Replace the batteries", "pdu-bre-b", _A.REPLACE, implementer="Uwe Blohm"),),
    ),
    ChangeRow(
        *(WORKED_EXAMPLE, "Upgrade application XYZ from v1.2 to v1.3", "Online Banking Engineering"),
        *("Application release", ("XYZ", "xyz-db"), "0 Fri 20:00", 2.0),
        requester="Marco Stein",
        description="New version v1.3 of XYZ with a schema change of the production database xyz-db; bug XYZ-4711.",
        reason="Bug XYZ-4711: account overviews time out on the first of the month.",
        expected_effect="Response time of the account overview improves by 30 %.",
        rollback_plan="Deploy v1.2 again and restore xyz-db from the snapshot taken at 19:45.",
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
        *(INNOCENT, f"Renew the certificate of {UNMAPPED}", "Corporate Applications"),
        *("Certificate renewal", (UNMAPPED,), "1 Tue 19:00", 0.5),
        requester="Kai Thomsen",
        description="The certificate of the file transfer gateway runs out at the end of the month.",
        rollback_minutes=10,
        requested_days=4,
    ),
)

CONFLICTING = (
    ChangeRow(
        *("card-index", "Rebuild the authorisation indexes of card-db", "Database Services"),
        *("Database maintenance", ("card-db",), "1 Sun 01:00", 3.0),
        bake_minutes=60,
        tasks=(TaskRow("Rebuild indexes", "card-db", is_exclusive=True),),
    ),
    ChangeRow(
        *("card-parameters", "Raise the connection limit of card-db", "Database Services"),
        *("Database maintenance", ("card-db",), "1 Sun 03:00", 1.5),
        tasks=(TaskRow("Change parameters and restart", "card-db", _A.RESTART, is_exclusive=True),),
    ),
    ChangeRow(
        *("broker-upgrade", "Upgrade the integration broker to version 9.4", "Integration and Batch"),
        *("Middleware and batch", ("integration broker",), "2 Sun 00:00", 4.0),
        rollback_minutes=60,
        tasks=(TaskRow("Upgrade", "integration broker", _A.RESTART),),
    ),
    ChangeRow(
        *("sepa-release", "SEPA Gateway: rulebook changes of the year", "Payments Engineering"),
        *("Application release", ("SEPA Gateway",), "2 Sun 02:00", 2.0),
        requester="Pavel Novak",
    ),
    ChangeRow(
        *("directory-han", "Patch the directory server in Hannover", "Information Security"),
        *("Operating system patching", ("dir-han",), "1 Thu 21:00", 1.5),
        tasks=(TaskRow("Patch and restart", "dir-han", _A.RESTART),),
    ),
    ChangeRow(
        *("directory-bre", "New hardware profile for the directory server in Bremen", "Server and Virtualisation"),
        *("Hardware replacement", ("dir-bre",), "1 Thu 22:00", 1.0),
        tasks=(TaskRow("Resize and restart", "dir-bre", _A.RESTART),),
    ),
    ChangeRow(
        *("portal-release", "Online Banking Portal: accessible forms", "Online Banking Engineering"),
        *("Application release", ("Online Banking Portal",), "2 Tue 22:00", 2.0),
        requester="Sofia Reuter",
        rollback=_R.TESTED,
    ),
    ChangeRow(
        *("mobile-release", "Mobile Banking 7.2", "Online Banking Engineering"),
        *("Application release", ("Mobile Banking",), "2 Tue 22:30", 2.0),
        rollback=_R.TESTED,
    ),
    ChangeRow(
        *("fraud-rules", "New scoring tables in fraud-db", "Database Services"),
        *("Database maintenance", ("fraud-db",), "2 Mon 20:00", 2.0),
        bake_minutes=2 * 24 * 60,
    ),
    ChangeRow(
        *("fraud-statistics", "Recalculate the statistics of fraud-db", "Database Services"),
        *("Database maintenance", ("fraud-db",), "2 Tue 21:00", 1.0),
    ),
    ChangeRow(
        *("feed-schema", "New message schema of the Market Data Feed", "Treasury Systems"),
        *("Application release", ("Market Data Feed",), "2 Sat 02:00", 3.0),
        requester="Ulla Jansen",
    ),
    ChangeRow(
        *("workbench-schema", "Treasury Workbench reads the new message schema", "Treasury Systems"),
        *("Application release", ("Treasury Workbench",), "2 Sat 04:00", 2.0),
        requester="Ulla Jansen",
        after=("feed-schema",),
    ),
    ChangeRow(
        *("product-catalogue", "Accounts and Products: new savings products", "Core Banking Engineering"),
        *("Application release", ("Accounts and Products",), "2 Fri 21:00", 2.0),
        requester="Nina Trost",
    ),
    ChangeRow(
        *("interest-rates", "Core Ledger: reference rate of the regulator", "Core Banking Engineering"),
        *("Application release", ("Core Ledger",), "2 Fri 23:00", 0.5),
        rollback=_R.TESTED,
        rollback_minutes=10,
    ),
    ChangeRow(
        *("core-bre-firmware", "Firmware of core-bre-1", "Network Services"),
        *("Network change", ("core-bre-1",), "1 Tue 20:00", 1.5),
        tasks=(TaskRow("Load firmware and restart", "core-bre-1", _A.RESTART),),
    ),
    ChangeRow(
        *("card-release", "Card Authorisation: new limits for contactless payments", "Cards Engineering"),
        *("Application release", ("Card Authorisation",), "1 Thu 23:00", 1.5),
        requester="Carla Wendt",
        needs_security_review=True,
    ),
    ChangeRow(
        *("mirror-check", "Check the mirror of sto-han-2", "Storage and Backup"),
        *("Storage and backup work", ("sto-han-2",), "1 Sat 23:00", 4.0),
        tasks=(TaskRow("Split and rejoin the mirror", "sto-han-2", implementer="Viktor Hahn"),),
    ),
    ChangeRow(
        *("teller-index", "Rebuild the indexes of teller-db", "Database Services"),
        *("Database maintenance", ("teller-db",), "3 Wed 20:00", 2.0),
        tasks=(TaskRow("Rebuild", "teller-db", implementer="Arjun Mehta"),),
    ),
    ChangeRow(
        *("loan-index", "Rebuild the indexes of loan-db", "Database Services"),
        *("Database maintenance", ("loan-db",), "3 Wed 21:00", 2.0),
        tasks=(TaskRow("Rebuild", "loan-db", implementer="Arjun Mehta"),),
    ),
    ChangeRow(
        *("time-recording", "Time Recording: holiday rules of the new year", "Corporate Applications"),
        *("Application release", ("Time Recording",), "0 Fri 19:00", 1.0),
        requester="Sabine Rother",
        test=_T.NONE,
        rollback=_R.UNKNOWN,
        rollback_minutes=None,
        tasks=(TaskRow("Load the new rules", "Time Recording", implementer="Kai Thomsen"),),
    ),
    ChangeRow(
        *("mail-filter", "New filter rules of the Mail Gateway", "Corporate Applications"),
        *("Application release", ("Mail Gateway",), "in 12", 1.0),
        state=_S.SCHEDULED,
        requester="Sabine Rother",
        decisions=((DecisionKind.APPROVE, "Kai Thomsen", "Approved as service owner."),),
    ),
    ChangeRow(
        *("core-routes", "Routes to the new disaster recovery site", "Network Services"),
        *("Network change", ("core-han-1",), "2 Sun 01:00", 2.0),
    ),
    ChangeRow(
        *("balancer-firmware", "Firmware of lb-bre-2", "Network Services"),
        *("Network change", ("lb-bre-2",), "2 Sun 01:30", 2.0),
        tasks=(TaskRow("Load firmware and restart", "lb-bre-2", _A.RESTART),),
    ),
    ChangeRow(
        *("uplink-migration", "Move uplink-bre to the new carrier", "Network Services"),
        *("Network change", ("uplink-bre",), "2 Sun 02:00", 2.0),
        rollback_minutes=20,
    ),
)

NOTABLE = (
    ChangeRow(
        *("hypervisor-round", "Patch four hypervisors of Bremen one after the other", "Server and Virtualisation"),
        *("Operating system patching", ("esx-bre-01", "esx-bre-02", "esx-bre-03", "esx-bre-04"), "2 Thu 20:00", 8.0),
        is_rolling=True,
        rollback=_R.TESTED,
        tasks=(TaskRow("Patch", action=_A.RESTART),),
    ),
    ChangeRow(
        *("hub-schema", "Payments Hub: schema for structured addresses", "Payments Engineering"),
        *("Database maintenance", ("payments-db",), "3 Sat 20:00", 2.0),
        requester="Hauke Petersen",
        is_irreversible=True,
        rollback=_R.NONE,
        rollback_plan="None: the old columns are dropped. The standby is kept at the old state for a week.",
        rollback_minutes=None,
        tasks=(TaskRow("Migrate addresses", "payments-db", _A.MIGRATE_DATA, implementer="Dörte Lampe"),),
    ),
    ChangeRow(
        *("hub-release", "Payments Hub: release for structured addresses", "Payments Engineering"),
        *("Application release", ("Payments Hub",), "3 Sat 22:00", 2.0),
        requester="Hauke Petersen",
        right_after=("hub-schema",),
    ),
    ChangeRow(
        *("instant-database", "Instant Payments 2.0: database", "Payments Engineering"),
        *("Database maintenance", ("instant-db",), "4 Sat 20:00", 1.5),
        bundle="Instant Payments 2.0",
        requested_days=5,
    ),
    ChangeRow(
        *("instant-release", "Instant Payments 2.0: application", "Payments Engineering"),
        *("Application release", ("Instant Payments",), "4 Sat 21:30", 1.5),
        requester="Pavel Novak",
        bundle="Instant Payments 2.0",
        requested_days=5,
    ),
    ChangeRow(
        *("meeting-certificate", "Certificate of Meeting Rooms", "Corporate Applications"),
        *("Certificate renewal", ("Meeting Rooms",), "1 Mon 19:00", 0.5),
        requester="Kai Thomsen",
        state=_S.ASSESS,
        rollback=_R.TESTED,
    ),
    ChangeRow(
        *("balancer-hole", "Close the remote execution hole of the web front end", "Network Services"),
        *("Emergency fix", ("web front end",), "+1 22:00", 1.0),
        requester="Yasmin Farouk",
        reason="The vulnerability is being exploited elsewhere; the manufacturer's fix came out on Friday.",
        test=_T.PARTIAL,
        rollback=_R.TESTED,
        rollback_minutes=10,
        needs_security_review=True,
        requested_days=0.6,
    ),
    ChangeRow(
        *("room-inspection", "Yearly inspection of cooling and power in Bremen, room 1", "Data Centre Operations"),
        *("Data centre work", ("room-bre-1",), "4 Sun 06:00", 6.0),
        type=ChangeType.MAJOR,
        rollback_minutes=30,
        downtime=(1, 2),
    ),
    ChangeRow(
        *("night-rule", "Firewall rule opened at night without a request", "Network Services"),
        *("Firewall rule", ("fw-han-2",), None),
        type=ChangeType.UNAUTHORISED,
        state=_S.ASSESS,
        requester="Jonas Ekberg",
        description="Found in the weekly comparison of rule sets: a rule for a supplier's remote access.",
        test=_T.NONE,
        rollback=_R.UNKNOWN,
        rollback_minutes=None,
        requested_days=3,
    ),
    ChangeRow(
        *("archive-move", "Move the document archive off the optical jukebox", "Corporate Applications"),
        *("Storage and backup work", ("archive-db", "optical-jukebox"), "2 Sat 08:00", 10.0),
        requester="Kai Thomsen",
        test=_T.UNKNOWN,
        rollback=_R.UNKNOWN,
        rollback_minutes=None,
        decisions=((DecisionKind.DEFER, "Katharina Brandt", "Say first how the documents are verified."),),
        requested_days=15,
    ),
    ChangeRow(
        *("login-cluster", "Move login-db to new nodes", "Database Services"),
        *("Database maintenance", ("login-db-1", "login-db-2"), "3 Sun 00:00", 4.0),
        is_rolling=True,
        rollback=_R.TESTED,
        rollback_minutes=40,
        tasks=(TaskRow("Move", action=_A.REPLACE),),
    ),
)

PLANTED = (*REPORTED, *CONFLICTING, *NOTABLE)
