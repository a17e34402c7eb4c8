"""Conflicts as they are found now, stored or not, as GraphQL shows them."""

import strawberry

from api.fields import column, computed, sourced
from api.relations import Embedded, One, Several, Varying
from api.relay import Node
from api.types.conflict import ConflictingItem, conflict_subject
from api.types.names import AChange, AConflict
from api.types.redaction import ConflictMessage, HiddenInConflict
from api.types.time import TimeWindow, time_window
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.conflict.model import ConflictCode, ConflictKind, ConflictSeverity
from domain.kernel.image import as_json
from domain.kernel.page import MOST, Row
from domain.kernel.time import from_seconds


@strawberry.type(description="A conflict as it is found now; of an unsaved change it is not stored anywhere.")
class ConflictFinding:
    """`domain.conflict.acceptance.ConflictRecord` as a row."""

    code: ConflictCode = column("Which rule found it.")
    kind: ConflictKind = column("How the rule is met.")
    severity: ConflictSeverity = column("How bad it is.")
    weight: float = column("How much it weighs in the risk of its changes, from 0 to 1.")
    status: ConflictStatus = column("OPEN, or ACCEPTED where the same facts were accepted before.")
    message: str = sourced("What it is, in a sentence, as far as you may see it.", ConflictMessage())
    hidden_count: int = sourced("How many records it names that you may not see.", HiddenInConflict())
    window: TimeWindow | None = computed("When; null where the rule knows no time.", ("start", "end"), time_window)
    affected_count: int = column("How many configuration items it is about.")
    rule_version: str = column("Version of the rules that found it.")
    affected: list[ConflictingItem] = sourced("The configuration items hit hardest, at most five.", Embedded("cis"))
    subject: Node | None = sourced(
        "What it names beside changes: a freeze, a person, an incident, a redundancy group; null when nothing.",
        Varying(("code", "subject"), conflict_subject),
    )
    changes: list[AChange] = sourced(
        "The stored changes that take part and that you may see, at most 100.", Several("change_ids")
    )
    stored: AConflict | None = sourced("The conflict as it is stored; null when it is not.", One("stored_id"))


def finding_row(record: ConflictRecord, stored_ids: dict[str, str]) -> Row:
    """Return a conflict as a row of `ConflictFinding`; `stored_ids` are the ids of stored ones by key."""
    found = record.conflict
    start, end = found.window or (None, None)
    return {
        "id": found.key,
        "key": found.key,
        "code": found.code,
        "kind": found.kind,
        "severity": found.severity,
        "weight": found.weight,
        "status": record.status,
        "message": found.message,
        "start": None if start is None else from_seconds(start),
        "end": None if end is None else from_seconds(end),
        "affected_count": found.total_cis,
        "rule_version": found.rule_version,
        "cis": as_json(found.cis),
        "subject": found.subject,
        "change_ids": list(found.change_ids[:MOST]),
        "stored_id": stored_ids.get(found.key),
    }
