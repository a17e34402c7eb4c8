"""Policy is data (ADR 0008): weights and thresholds in numbered versions, of which a person puts one to use."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(eq=False, kw_only=True)
class Policy:
    """One version of a policy: `body` is all it says, as JSON values. Of one name at most one is active.

    Without an active one the shipped defaults stand. Versions are never changed nor deleted: decisions name them.
    """

    id: str
    name: str
    number: int
    body: dict[str, Any]
    is_active: bool = False
    recorded_at: datetime
    version: int = 0
