"""Names in place of ids: what the engines say in terms of ids, as people read it."""

import re
from collections.abc import Mapping
from dataclasses import replace

from domain.risk.model import Counterfactual, Guardrail, RiskAssessment

_ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b")


def told(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence with every id that has a name replaced by it."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text)


def worded(assessment: RiskAssessment, names: Mapping[str, str]) -> RiskAssessment:
    """Return the assessment with its reasons and proposed actions in names; numbers and inputs stay as they are."""
    return replace(
        assessment,
        guardrails=tuple(Guardrail(rule.code, told(rule.reason, names)) for rule in assessment.guardrails),
        counterfactuals=tuple(_worded(promised, names) for promised in assessment.counterfactuals),
    )


def _worded(promised: Counterfactual, names: Mapping[str, str]) -> Counterfactual:
    actions = tuple(replace(action, label=told(action.label, names)) for action in promised.actions)
    return replace(promised, actions=actions)
