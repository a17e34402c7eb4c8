"""What conflicts add to the risk of a change: the terms of factor F9 (ENGINES 1.3)."""

import math
from collections.abc import Iterable

from domain.conflict.model import Conflict, ConflictCode


def severity_weights(conflicts: Iterable[Conflict]) -> tuple[float, ...]:
    """Return the weights s of the conflicts in the order of their keys.

    `APPROVER` is left out: it depends on the level that F9 helps to decide.
    """
    counted = sorted((found for found in conflicts if found.code is not ConflictCode.APPROVER), key=lambda c: c.key)
    return tuple(found.weight for found in counted)


def joint_weight(conflicts: Iterable[Conflict]) -> float:
    """Return `1 − Π(1 − s)` over the conflicts, APPROVER left out: the raw value of F9, in [0, 1]."""
    return 1.0 - math.prod(1.0 - weight for weight in severity_weights(conflicts))
