"""Names in place of ids: what the engines say in terms of ids, as people read it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from domain.conflict.model import Conflict
from domain.ports import Snapshot
from domain.risk.model import Counterfactual, Guardrail, RiskAssessment

_ID = re.compile(r"\b[0-9a-hjkmnp-tv-z]{26}\b")


def told(text: str, names: Mapping[str, str]) -> str:
    """Return a sentence with every id that has a name replaced by it."""
    return _ID.sub(lambda found: names.get(found[0], found[0]), text)


async def named(snapshot: Snapshot, conflicts: Iterable[Conflict], names: dict[str, str]) -> list[Conflict]:
    """Return the conflicts with names in their messages; `names` learns those that were not known yet."""
    found = list(conflicts)
    unknown = {part for conflict in found for part in _ID.findall(conflict.message)} - names.keys()
    if unknown:
        names |= await snapshot.names_of(unknown)
    return [replace(conflict, message=told(conflict.message, names)) for conflict in found]


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
