"""The stored inputs of an assessment: all the numbers the score is computed from, as canonical JSON.

Floats survive JSON with every bit (`repr` round trip), so what is stored recomputes the score exactly.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from domain.risk.model import Guardrail


@dataclass(frozen=True, slots=True)
class FactorInput:
    """What one factor measured; x enters the sum, raw is for people."""

    code: str
    raw: float | None
    x: float
    is_known: bool


@dataclass(frozen=True, slots=True)
class ServiceInput:
    """What one service's loss is the product of; `confidence` is the least on its witness, 0 for `unmapped`."""

    id: str
    name: str
    tier: int | None
    q: float
    criticality: float
    demand: float
    sla_factor: float
    vip_factor: float
    confidence: float


@dataclass(frozen=True, slots=True)
class ScoreInputs:
    """Everything `score` reads beside the parameters.

    `quiet_map_confidence` is the map's confidence when nothing is lost; `guardrails` those that the facts set off.
    """

    change_id: str
    as_of: int
    position: int
    params_version: str
    factors: tuple[FactorInput, ...]
    services: tuple[ServiceInput, ...]
    restore_minutes: float
    quiet_map_confidence: float
    has_unmapped: bool
    is_truncated: bool
    guardrails: tuple[Guardrail, ...]

    def to_json(self) -> str:
        """Return the canonical JSON: keys sorted, no blanks, floats with all their bits."""
        document = _fields(self) | {
            "factors": [_fields(row) for row in self.factors],
            "services": [_fields(row) for row in self.services],
            "guardrails": [_fields(row) for row in self.guardrails],
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "ScoreInputs":
        """Return the inputs that `to_json` wrote."""
        document: Mapping[str, Any] = json.loads(text)
        rows = {
            "factors": tuple(FactorInput(**row) for row in document["factors"]),
            "services": tuple(ServiceInput(**row) for row in document["services"]),
            "guardrails": tuple(Guardrail(**row) for row in document["guardrails"]),
        }
        return cls(**{**document, **rows})


def hash_of(canonical: str) -> str:
    """Return the SHA-256 of canonical JSON, in hex."""
    return sha256(canonical.encode()).hexdigest()


def _fields(record: ScoreInputs | FactorInput | ServiceInput | Guardrail) -> dict[str, Any]:
    """Return the record's own fields; `dataclasses.asdict` would copy them deeply at ten times the cost."""
    return {name: getattr(record, name) for name in record.__slots__}
