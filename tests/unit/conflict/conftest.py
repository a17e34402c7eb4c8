"""The estate of the conflict examples."""

import pytest

from tests.unit.conflict.conflict_worlds import Estate


@pytest.fixture
def bank() -> Estate:
    """A database under an application under a tier 1 service, and a pair of front ends before the same service."""
    return Estate(
        edges={
            "r1": ("db", "app", 0.9, True),
            "r2": ("app", "payments", 0.9, True),
            "r3": ("san", "db", 0.6, False),
            "r4": ("mail", "news", 0.9, True),
        },
        groups={"fronts": (("front-a", "front-b"), ("payments",), 1)},
        service_tiers={"payments": 1, "news": 4},
    )
