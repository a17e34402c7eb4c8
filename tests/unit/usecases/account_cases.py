"""The verbs of accounts of programs."""

from datetime import timedelta

from domain.kernel.actor import Role
from domain.usecases import accounts
from tests.unit.usecases.cases import Case
from tests.unit.usecases.world import NOW, YESTERDAY

CASES = [
    Case(
        verb=accounts.create_service_account,
        event="service_account.created",
        right=lambda p, a, v: accounts.create_service_account(
            p, a, "monitoring", Role.INTEGRATION, "ada", scope=["incident:write"], expires_at=NOW + timedelta(days=90)
        ),
        wrong={
            "name person_id": lambda p, a, v: accounts.create_service_account(p, a, " ", Role.AUDITOR, "nobody"),
            "scope.1 expires_at": lambda p, a, v: accounts.create_service_account(
                p, a, "x", Role.AUDITOR, scope=["record:read", "policy:manage"], expires_at=YESTERDAY
            ),
        },
        seen=None,
    ),
    Case(
        verb=accounts.rotate_token,
        event="service_account.rotated",
        right=lambda p, a, v: accounts.rotate_token(p, a, "robot", v, overlap_hours=1),
        wrong={
            "overlap_hours expires_at": lambda p, a, v: accounts.rotate_token(
                p, a, "robot", v, overlap_hours=1_000, expires_at=YESTERDAY
            )
        },
    ),
    Case(
        verb=accounts.revoke_account,
        event="service_account.revoked",
        right=lambda p, a, v: accounts.revoke_account(p, a, "robot", v, reason="left the building"),
        wrong={"reason": lambda p, a, v: accounts.revoke_account(p, a, "robot", v, reason="x" * 201)},
    ),
]
