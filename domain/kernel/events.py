"""What the log holds: every committed change of a record is one event with the subject's full after-image."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the log.

    `position` is None until the relay has numbered the row; readers follow positions and never skip one.
    `kind` is past tense, `noun.verbed`. `body` is the after-image of the subject: field to JSON value.
    """

    id: int
    position: int | None
    kind: str
    subject_type: str
    subject_id: str
    subject_version: int
    occurred_at: datetime
    actor_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event whose effect keeps failing, put aside so that it holds up nothing else.

    `consumer` is whose effect it is, `error` what failed last (None: nothing yet, it waits behind an earlier letter of
    the same subject), `retry_at` when it is tried again by itself (None: it is parked until a person decides).
    """

    id: str
    consumer: str
    position: int
    kind: str
    subject_type: str
    subject_id: str
    attempts: int
    error: str | None
    failed_at: datetime
    retry_at: datetime | None
