"""A risk assessment that is not stored, as a row of the same type as a stored one."""

from dataclasses import asdict

from domain.kernel.page import Row
from domain.kernel.time import from_seconds
from domain.usecases.assessment import RiskFindings
from domain.usecases.risk_row import risk_row

UNSTORED = "unstored"


def previewed_risk_row(found: RiskFindings) -> Row:
    """Return a row of `RiskAssessment`. Its id finds nothing: it says which inputs the assessment was made from."""
    row = asdict(risk_row(found))
    return row | {
        "id": f"{UNSTORED}-{row['input_hash']}",
        "as_of": from_seconds(row["as_of"]),
        "is_current": False,
    }
