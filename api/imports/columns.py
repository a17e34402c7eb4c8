"""The columns of every kind of input: what they are called, how they are read, and which field they are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

import orjson

from domain.change.model import ChangeOutcome, ChangeState, ChangeType, RollbackState, TestState
from domain.change.windows import ScopeKind, WindowKind
from domain.ci.model import CiStatus, MinUpKind, ProviderSide
from domain.ci.relations import RelationType
from domain.incident.model import IncidentState
from domain.kernel.actor import Role
from domain.problem.model import ProblemState
from domain.usecases.importing_drafts import Kind

TRUE, FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
SEPARATORS = "|;"
ATTRIBUTE = "attribute."
"""What a column of the kind `cis` begins with that holds a free attribute."""


class Unreadable(Exception):  # noqa: N818 - what a cell is, not what went wrong in the program
    """A cell does not hold what its column says."""


@dataclass(frozen=True, slots=True)
class Column:
    """Which field a column is, and how a cell of it is read; `Unreadable` says what is wrong with one."""

    field: str
    read: Callable[[Any], Any]


def text(cell: Any) -> str:
    """Read a text; numbers of JSON count as the text they are written as."""
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise Unreadable("must be text")
    return str(cell).strip()


def whole(cell: Any) -> int:
    """Read a whole number."""
    if isinstance(cell, bool):
        raise Unreadable("must be a whole number")
    try:
        count = int(text(cell))
    except ValueError as malformed:
        raise Unreadable("must be a whole number") from malformed
    if abs(count) >= 2**53:
        raise Unreadable("is out of range")
    return count


def number(cell: Any) -> float:
    """Read a number."""
    try:
        return float(text(cell))
    except ValueError as malformed:
        raise Unreadable("must be a number") from malformed


def truth(cell: Any) -> bool:
    """Read a truth value: true or false, yes or no, 1 or 0."""
    said = str(cell).strip().lower()
    if said not in TRUE | FALSE:
        raise Unreadable("must be true or false")
    return said in TRUE


def instant(cell: Any) -> datetime:
    """Read an instant of ISO 8601 with a zone or an offset."""
    try:
        said = datetime.fromisoformat(text(cell))
        if said.tzinfo is not None:
            return said.astimezone(UTC)
    except (ValueError, OverflowError) as malformed:
        raise Unreadable("must be an instant such as 2026-11-23T08:00:00Z") from malformed
    raise Unreadable("needs a zone or an offset, e.g. 2026-11-23T08:00:00+01:00")


def day(cell: Any) -> date:
    """Read a date of ISO 8601."""
    try:
        return date.fromisoformat(text(cell))
    except ValueError as malformed:
        raise Unreadable("must be a date such as 2026-11-23") from malformed


def words(cell: Any) -> tuple[str, ...]:
    """Read a list: of JSON, or a text separated by `|` or `;`."""
    if isinstance(cell, list):
        return tuple(text(item) for item in cell)
    said = text(cell)
    for separator in SEPARATORS:
        said = said.replace(separator, "\n")
    return tuple(word.strip() for word in said.split("\n") if word.strip())


def word_list(cell: Any) -> list[str]:
    """Read a list that is stored as one."""
    return list(words(cell))


def weekdays(cell: Any) -> list[int]:
    """Read days of the week as numbers, Monday 0."""
    return [whole(item) for item in (cell if isinstance(cell, list) else words(cell))]


def roles(cell: Any) -> list[Role]:
    """Read roles."""
    read = one_of(Role)
    return [read(word) for word in words(cell)]


def attributes(cell: Any) -> dict[str, Any]:
    """Read free attributes: a JSON object."""
    try:
        said = cell if isinstance(cell, dict) else orjson.loads(text(cell))
    except orjson.JSONDecodeError as malformed:
        raise Unreadable("must be a JSON object") from malformed
    if not isinstance(said, dict):
        raise Unreadable("must be a JSON object")
    return said


def one_of(enum: type[StrEnum]) -> Callable[[Any], Any]:
    """Return the reader of one of an enumeration's words, in any case, blanks and dashes for underscores."""

    def read(cell: Any) -> StrEnum:
        said = text(cell).upper().replace(" ", "_").replace("-", "_")
        try:
            return enum(said)
        except ValueError as unknown:
            raise Unreadable(f"must be one of {', '.join(enum)}") from unknown

    return read


def _columns(**columns: Column | Callable[[Any], Any]) -> Mapping[str, Column]:
    """Return columns by name; one given by its reader alone is the field of the same name."""
    return {
        name.rstrip("_"): column if isinstance(column, Column) else Column(name.rstrip("_"), column)
        for name, column in columns.items()
    }


COLUMNS: Mapping[Kind, Mapping[str, Column]] = {
    Kind.PEOPLE: _columns(
        external_id=text,
        name=text,
        email=text,
        time_zone=text,
        site=text,
        calendar=Column("calendar_id", text),
        capacity=whole,
        delegate=Column("delegate_id", text),
        is_vip=truth,
        is_active=truth,
        roles=roles,
    ),
    Kind.TEAMS: _columns(
        external_id=text,
        name=text,
        expertise=text,
        lead=Column("lead_id", text),
        calendar=Column("calendar_id", text),
        site=text,
        members=words,
    ),
    Kind.CIS: _columns(
        external_id=text,
        name=text,
        class_=Column("class_name", text),
        status=one_of(CiStatus),
        tier=whole,
        site=text,
        owner=Column("owner_id", text),
        owner_team=Column("owner_team_id", text),
        attributes=attributes,
        source=text,
        confirmed_at=instant,
        calendar=Column("service_calendar_id", text),
        availability_percent=number,
        downtime_left_minutes=number,
        peak_days=word_list,
    ),
    Kind.RELATIONS: _columns(
        external_id=text,
        source=Column("source_id", text),
        target=Column("target_id", text),
        type=one_of(RelationType),
        alpha=number,
        provider_side=one_of(ProviderSide),
        stated_by=Column("source", text),
        confidence=Column("stated_confidence", number),
        confirmed_at=instant,
        valid_from=instant,
        valid_to=instant,
    ),
    Kind.GROUPS: _columns(
        external_id=text,
        name=text,
        members=words,
        protected=words,
        min_up=whole,
        min_up_kind=one_of(MinUpKind),
        alpha=number,
        is_assumed=truth,
        source=text,
        confirmed_at=instant,
    ),
    Kind.INCIDENTS: _columns(
        external_id=text,
        number=text,
        title=text,
        description=text,
        state=one_of(IncidentState),
        priority=whole,
        opened_at=instant,
        recorded_at=instant,
        resolved_at=instant,
        reporter=Column("reporter_id", text),
        assignee=Column("assignee_id", text),
        team=Column("team_id", text),
        solution=text,
        is_restricted=truth,
        cis=words,
        caused_by=words,
        fixed_by=words,
        related_changes=words,
    ),
    Kind.PROBLEMS: _columns(
        external_id=text,
        number=text,
        title=text,
        description=text,
        state=one_of(ProblemState),
        priority=whole,
        opened_at=instant,
        recorded_at=instant,
        resolved_at=instant,
        workaround=text,
        root_cause=text,
        assignee=Column("assignee_id", text),
        team=Column("team_id", text),
        cis=words,
        incidents=words,
    ),
    Kind.CHANGES: _columns(
        external_id=text,
        number=text,
        title=text,
        description=text,
        reason=text,
        expected_effect=text,
        type=one_of(ChangeType),
        model=text,
        state=one_of(ChangeState),
        requester=Column("requester_id", text),
        team=Column("team_id", text),
        service=Column("service_id", text),
        planned_start=instant,
        planned_end=instant,
        downtime_start=instant,
        downtime_end=instant,
        actual_start=instant,
        actual_end=instant,
        prep_minutes=whole,
        rollback_minutes=whole,
        bake_minutes=whole,
        is_irreversible=truth,
        test_state=one_of(TestState),
        test_evidence=text,
        rollback_state=one_of(RollbackState),
        rollback_plan=text,
        bundle=text,
        needs_security_review=truth,
        authorised_by=Column("authorised_by_id", text),
        outcome=one_of(ChangeOutcome),
        has_service_effect=truth,
        review=text,
        recorded_at=instant,
        submitted_at=instant,
        assessed_at=instant,
        decided_at=instant,
        closed_at=instant,
        targets=words,
        predecessors=words,
    ),
    Kind.WINDOWS: _columns(
        external_id=text,
        name=text,
        kind=one_of(WindowKind),
        scope_kind=one_of(ScopeKind),
        scope=Column("scope_id", text),
        time_zone=text,
        local_start=text,
        local_end=text,
        weekdays=weekdays,
        rrule=text,
        dates=word_list,
        effective_from=day,
        effective_until=day,
        exceptions=word_list,
        valid_from=instant,
        valid_to=instant,
    ),
}

SCOPE_FIELDS = {ScopeKind.CI: "scope_ci_id", ScopeKind.SERVICE: "scope_service_id"}
"""The scope of a window is a name, or by its kind a reference."""
