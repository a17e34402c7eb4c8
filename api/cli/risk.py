"""`headwater risk`: the sum of one change's risk, what it stands on, and what would lower it."""

import re
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.output import moment, print_json, say, stamp, table
from api.cli.session import AsOfOption, DatabaseOption, JsonOption, change_meant, current, run
from domain.change.model import Change
from domain.kernel.actor import SYSTEM
from domain.kernel.image import as_json
from domain.risk.model import FactorScore, RiskAssessment, ServiceLoss
from domain.risk.routing import DecisionRoute
from domain.usecases.planning import Proposal
from domain.usecases.preview import Preview, preview_stored

SHOWN_SERVICES = 10
SHOWN_CONFLICTS = 10
SHOWN_SLOTS = 3
WORD = re.compile(r"\w+")


def risk(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="Its number, external id or id.")],
    is_json: JsonOption = False,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
) -> None:
    """Explain the risk of a change: the sum, the services, the conflicts, what would lower it."""
    found, preview = run(_preview(database, change, as_of))
    if is_json:
        print_json(_answer(found, preview))
    else:
        print_risk(found, preview)


async def _preview(database: str | None, reference: str, as_of: str | None) -> tuple[Change, Preview]:
    async with current(database, as_of) as ports:
        async with ports.snapshot() as snapshot:
            change = await change_meant(snapshot, reference)
        return change, await preview_stored(ports, SYSTEM, change.id)


def print_risk(change: Change, preview: Preview) -> None:
    """Print what a change manager wants to know of a change."""
    assessment, names = preview.risk.assessment, preview.names
    say(f"{change.number}  {change.title}")
    say(f"{change.type}, {change.state}, {moment(change.planned_start)} to {moment(change.planned_end)}")
    say()
    _print_factors(assessment)
    _print_sum(assessment, names)
    _print_services(assessment, names)
    _print_conflicts(preview)
    _print_lowering(assessment)
    _print_comparables(assessment, preview.risk.names)
    _print_ways(preview, preview.risk.route)


def _print_factors(assessment: RiskAssessment) -> None:
    rows = [
        (factor.code, factor.label, _measured(factor), f"{float(factor.points):+.1f}") for factor in assessment.factors
    ]
    table("How likely it fails", ("factor", "what", "measured", "points"), rows, right=("measured", "points"))


def _measured(factor: FactorScore) -> str:
    if factor.is_muted:
        return "muted"
    return "unknown" if factor.raw is None else f"{factor.raw:.4g}"


def _print_sum(assessment: RiskAssessment, names: Mapping[str, str]) -> None:
    points = sum(factor.points for factor in assessment.factors)
    low, high = _percent(assessment.probability_low), _percent(assessment.probability_high)
    say(f"L = 50 {points:+.1f} = {assessment.likelihood:.1f}")
    say(f"    fails with {_percent(assessment.probability)}, 80 % interval {low} to {high}")
    if assessment.score is None or assessment.impact is None:
        say("I: not scored, too much is reached to walk")
    else:
        say(f"I = {assessment.impact:.1f}")
        say(f"R = {assessment.likelihood:.1f} + {assessment.impact:.1f} - 50 = {assessment.score:.1f}")
    say(f"Level {assessment.level.name}, confidence {assessment.confidence.overall.name}{_parts(assessment)}")
    for guardrail in assessment.guardrails:
        say(f"  {guardrail.code}: {_by_name(guardrail.reason, names)}")
    say()


def _by_name(text: str, names: Mapping[str, str]) -> str:
    """Return a text of the engine with names in place of the ids it names."""
    return WORD.sub(lambda found: names.get(found[0], found[0]), text)


def _parts(assessment: RiskAssessment) -> str:
    parts = assessment.confidence
    return f" (evidence {parts.evidence:.2f}, statistics {parts.statistics:.2f}, CMDB {parts.cmdb:.2f})"


def _print_services(assessment: RiskAssessment, names: Mapping[str, str]) -> None:
    losses = assessment.expected_loss.services if assessment.expected_loss else ()
    if not losses:
        say("No business service is reached.")
        say()
        return
    rows = [
        (loss.name, str(loss.tier or "-"), f"{loss.q:.2f}", _percent(loss.share), _way(loss, names))
        for loss in losses[:SHOWN_SERVICES]
    ]
    title = f"What it hits ({len(losses)} services)" if len(losses) > SHOWN_SERVICES else "What it hits"
    table(title, ("service", "tier", "q", "share", "way"), rows, right=("tier", "q", "share"))


def _way(loss: ServiceLoss, names: Mapping[str, str]) -> str:
    way = " > ".join(names.get(ci_id, ci_id) for ci_id in loss.witness)
    if loss.redundancy_before is None:
        return way
    return f"{way} (redundancy {loss.redundancy_before} to {loss.redundancy_after})"


def _print_conflicts(preview: Preview) -> None:
    if not preview.conflicts:
        say("No conflicts.")
        say()
        return
    ranked = sorted((record.conflict for record in preview.conflicts), key=lambda found: found.order)
    rows = [
        (found.severity.value, found.code.value, moment(found.window[0] if found.window else None), found.message)
        for found in ranked[:SHOWN_CONFLICTS]
    ]
    table(f"Conflicts ({len(ranked)})", ("severity", "type", "from", "what"), rows)


def _print_lowering(assessment: RiskAssessment) -> None:
    if not assessment.counterfactuals:
        say("Nothing the record knows of would lower it.")
        say()
        return
    rows = [
        (" and ".join(action.label for action in found.actions), f"{found.new_score:.1f}", found.new_level.name)
        for found in assessment.counterfactuals
    ]
    table("What would lower it", ("action", "R", "level"), rows, right=("R",))


def _print_comparables(assessment: RiskAssessment, names: Mapping[str, str]) -> None:
    if not assessment.comparables:
        return
    rows = [
        (
            names.get(past.change_id, past.change_id),
            past.outcome,
            f"{past.similarity:.0%}",
            ", ".join(name for name, part in past.parts if part),
        )
        for past in assessment.comparables
    ]
    table("Past changes like it", ("change", "outcome", "alike", "in"), rows, right=("alike",))


def _print_ways(preview: Preview, route: DecisionRoute) -> None:
    say(f"Decided by {route.forum.value}: {route.reason}")
    if preview.meeting is not None:
        say(f"Board: {preview.meeting.reason}")
    if preview.slots is None:
        return
    if not preview.slots.slots:
        say(f"No free slot. {preview.slots.answer.explanation}")
    for offered in preview.slots.slots[:SHOWN_SLOTS]:
        score = offered.risk.assessment.score
        told = "not scored" if score is None else f"R {score:.1f}"
        say(f"Free slot {moment(offered.slot.start)} to {moment(offered.slot.end)}, {told}")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _answer(change: Change, preview: Preview) -> dict[str, Any]:
    """Return the output contract of ENGINES 1.6 with the change, its conflicts, slots and board beside it."""
    assessment = preview.risk.assessment
    body = as_json(assessment)
    for inner in ("inputs", "change_id", "is_calibrated", "is_truncated"):
        del body[inner]
    body["as_of"] = stamp(assessment.as_of)
    body["calibrated"], body["truncated"] = assessment.is_calibrated, assessment.is_truncated
    for factor, scored in zip(body["factors"], assessment.factors, strict=True):
        factor["muted"] = scored.is_muted
    return {
        "change": {"id": change.id, "number": change.number, "external_id": change.external_id, "title": change.title},
        **body,
        "conflicts": [
            {"code": c.code.value, "severity": c.severity.value, "message": c.message, "change_ids": list(c.change_ids)}
            for c in (record.conflict for record in preview.conflicts)
        ],
        "route": {"forum": preview.risk.route.forum.value, "reason": preview.risk.route.reason},
        "meeting": None if preview.meeting is None else _meeting(preview.meeting),
        "slots": [_slot(offered) for offered in preview.slots.slots] if preview.slots else [],
        "names": [{"id": ci_id, "name": name} for ci_id, name in sorted(preview.names.items())],
    }


def _meeting(meeting: Proposal) -> dict[str, Any]:
    return {"number": meeting.meeting_number, "start": stamp(meeting.start), "reason": meeting.reason}


def _slot(offered: Any) -> dict[str, Any]:
    score = offered.risk.assessment.score
    return {
        "start": stamp(offered.slot.start),
        "end": stamp(offered.slot.end),
        "score": None if score is None else float(score),
        "level": offered.risk.assessment.level.name,
    }
