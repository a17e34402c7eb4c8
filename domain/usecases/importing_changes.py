"""Importing changes with their plan and outcome, history included, and windows and freezes."""

from collections.abc import Sequence
from typing import Any

from domain.change.model import (
    Change,
    ChangeEvidence,
    ChangeModel,
    ChangePredecessor,
    ChangeTarget,
    EvidenceKind,
)
from domain.change.rules import (
    change_issues,
    evidence_issues,
    predecessor_issues,
    schedule_issues,
    waits_for,
)
from domain.change.window_rules import change_window_issues
from domain.change.windows import ChangeWindow, ScopeKind
from domain.ci.model import BusinessService, CiClass, ConfigurationItem
from domain.kernel.checks import text_issues
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.ports import UnitOfWork
from domain.usecases.importing_recipe import Link, Recipe, Values
from domain.usecases.importing_tickets import number_issues

MOST_LINK = 2_000
"""Most characters of a link to a test run."""


def _blank_change(work: UnitOfWork, record_id: str, _values: Values) -> Change:
    return Change(id=record_id, number="", external_id=None, title="", recorded_at=work.now)


def _change_issues(change: Change) -> list[Issue]:
    issues = [*number_issues(change.number), *change_issues(change)]
    return issues or schedule_issues(change)


async def _change_checks(work: UnitOfWork, change: Change, values: Values) -> list[Issue]:
    """Return what only the record can tell: the model, the evidence of a passed test, a circle of predecessors."""
    issues: list[Issue] = []
    if values.get("model") and await work.find(ChangeModel, name=values["model"]) is None:
        issues.append(Issue("model", f"no change model '{values['model']}'"))
    if not values.get("test_evidence"):
        issues += evidence_issues(change)
    issues += text_issues("test_evidence", values.get("test_evidence"), most=MOST_LINK)
    wanted = values.get("predecessors", ())
    issues += predecessor_issues(change.id, wanted)
    if wanted and change.version > 0:
        earlier = await _predecessors_above(work, wanted)
        issues += [
            Issue(f"predecessors.{at}", f"would wait for {change.number} itself")
            for at, predecessor_id in enumerate(wanted)
            if change.id in waits_for(earlier, predecessor_id)
        ]
    return issues


def _add_test_evidence(work: UnitOfWork, change: Change, values: Values) -> None:
    link = values.get("test_evidence")
    if link and not any(piece.kind is EvidenceKind.TEST and piece.link == link for piece in change.evidence):
        change.evidence.append(
            ChangeEvidence(
                id=work.new_id(),
                change_id=change.id,
                kind=EvidenceKind.TEST,
                summary="Test run named by an import",
                link=link,
                recorded_at=change.recorded_at if change.version == 0 else work.now,
            )
        )


def _restate_targets(work: UnitOfWork, change: Change, ci_ids: Sequence[str]) -> None:
    if {target.ci_id for target in change.targets} != set(ci_ids):
        kept = {target.ci_id: target for target in change.targets}
        change.targets = [
            kept.get(ci_id) or ChangeTarget(id=work.new_id(), change_id=change.id, ci_id=ci_id) for ci_id in ci_ids
        ]


def _restate_predecessors(work: UnitOfWork, change: Change, change_ids: Sequence[str]) -> None:
    if {order.predecessor_id for order in change.predecessors} != set(change_ids):
        kept = {order.predecessor_id: order for order in change.predecessors}
        change.predecessors = [
            kept.get(earlier) or ChangePredecessor(id=work.new_id(), change_id=change.id, predecessor_id=earlier)
            for earlier in change_ids
        ]


async def _predecessors_above(work: UnitOfWork, change_ids: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    level = sorted(set(change_ids))
    while level:
        for change in await work.find_all(Change, id=level):
            found[change.id] = [order.predecessor_id for order in change.predecessors]
        level = sorted({earlier for change_id in level for earlier in found.get(change_id, ())} - found.keys())
    return found


def _blank_window(work: UnitOfWork, record_id: str, values: Values) -> ChangeWindow:
    return ChangeWindow(
        id=record_id,
        external_id=None,
        name=values["external_id"],
        kind=values["kind"],
        scope_kind=ScopeKind.ORGANISATION,
        time_zone="UTC",
        local_start="",
        local_end="",
        valid_from=work.now,
    )


def _scoped(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values with the scope that was said, whatever kind of thing it names, as `scope_id`."""
    for said in SCOPES:
        if said in values:
            values["scope_id"] = values.pop(said)
    return values


async def _window_checks(work: UnitOfWork, window: ChangeWindow, _values: Values) -> list[Issue]:
    is_class = window.scope_kind is ScopeKind.CI_CLASS and window.scope_id is not None
    if is_class and await work.find(CiClass, name=window.scope_id) is None:
        return [Issue("scope_id", f"no CI class '{window.scope_id}'")]
    if window.valid_to is not None and window.valid_to <= window.valid_from:
        return [Issue("valid_to", "must be after valid_from")]
    return []


SCOPES = {"scope_ci_id": ConfigurationItem, "scope_service_id": BusinessService}
"""Scopes that are records: the value that names one, and what it names."""

CHANGES = Recipe(
    noun=Change,
    event="change",
    keys=("external_id", "number"),
    blank=_blank_change,
    issues=_change_issues,
    unique=("number",),
    series="CHG",
    references={
        "requester_id": Person,
        "authorised_by_id": Person,
        "team_id": Team,
        "service_id": BusinessService,
    },
    links={
        "targets": Link(ConfigurationItem, _restate_targets),
        "predecessors": Link(Change, _restate_predecessors),
    },
    aside=frozenset({"test_evidence"}),
    check=_change_checks,
    amend=_add_test_evidence,
)

WINDOWS = Recipe(
    noun=ChangeWindow,
    event="change_window",
    keys=("external_id",),
    blank=_blank_window,
    issues=change_window_issues,
    required=("kind",),
    references=SCOPES,
    derive=_scoped,
    check=_window_checks,
)
