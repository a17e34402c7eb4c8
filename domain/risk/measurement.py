"""What one factor measured: the raw value, its place on the scale of the sum, and the rows it stands on."""

from dataclasses import dataclass

from domain.risk.model import EvidenceRow

SHOWN_ROWS = 5
"""Evidence shows the heaviest rows; the raw value counts all of them."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """`x` grows with risk. An unknown input measures as the typical one: raw None, x at its typical value."""

    code: str
    raw: float | None
    x: float
    is_known: bool = True
    evidence: tuple[EvidenceRow, ...] = ()


def unknown(code: str, typical: float) -> Measurement:
    """Return the neutral measurement: it adds no points and lowers confidence."""
    return Measurement(code, None, typical, is_known=False)


def heaviest(rows: list[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Return the rows that weigh most, ties by id."""
    return tuple(sorted(rows, key=lambda row: (-(row.weight or 0.0), row.id))[:SHOWN_ROWS])
