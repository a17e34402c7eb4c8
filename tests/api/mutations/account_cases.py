"""Mutations of accounts of programs."""

from tests.api.mutations.cases import Case, nobody, seen

CASES = [
    Case(
        mutation="serviceAccountCreate",
        event="service_account.created",
        right={
            "name": "monitoring",
            "role": "INTEGRATION",
            "scope": ["record:read", "incident:write"],
            "expiresAt": "2027-01-01T00:00:00Z",
        },
        wrong={
            "name personId": {"name": "", "personId": nobody()},
            "scope.0 expiresAt": {"scope": ["policy:manage"], "expiresAt": "2020-01-01T00:00:00Z"},
        },
    ),
    Case(
        mutation="serviceAccountRotate",
        event="service_account.rotated",
        right=seen("ServiceAccount", "robot", overlapHours=2),
        wrong={"overlapHours expiresAt": {"overlapHours": -1, "expiresAt": "2020-01-01T00:00:00Z"}},
    ),
    Case(
        mutation="serviceAccountRevoke",
        event="service_account.revoked",
        right=seen("ServiceAccount", "robot", reason="left the building"),
        wrong={"reason": {"reason": "x" * 201}},
    ),
]
