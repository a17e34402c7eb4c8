"""A risk assessment as it is stored: headline numbers, inputs for replay, and the whole answer as JSON values."""

import json

from domain.kernel.image import as_json
from domain.ports import RiskRow
from domain.usecases.assessment import RiskFindings


def risk_row(found: RiskFindings) -> RiskRow:
    """Return the row of an assessment with the forum that decides its change."""
    risk = found.assessment
    result = as_json(risk) | {"route": as_json(found.route), "names": dict(found.names)}
    del result["inputs"]
    return RiskRow(
        change_id=risk.change_id,
        as_of=risk.as_of,
        position=risk.position,
        params_version=risk.params_version,
        input_hash=risk.input_hash,
        score=None if risk.score is None else float(risk.score),
        likelihood=float(risk.likelihood),
        impact=None if risk.impact is None else float(risk.impact),
        level=risk.level.name,
        probability=risk.probability,
        inputs=json.loads(risk.inputs),
        result=result,
    )
