"""The risk of a change with its sum shown: the points printed, and 50, make up the likelihood printed."""

from collections.abc import Iterator

from rich.console import RenderableType

from api.demo.briefing import Story
from api.demo.tables import bullets, heading, line, table
from api.demo.wording import Names, minutes, word
from domain.risk.model import EvidenceKind, EvidenceRow, FactorScore, RiskAssessment
from domain.risk.score import BASE_LIKELIHOOD

SHOWN_EVIDENCE = 2
TEST_WORDS = {0.0: "passed", 0.4: "partial", 0.8: "unknown", 1.0: "none"}
ROLLBACK_WORDS = {0.0: "tested", 0.35: "documented", 0.8: "unknown", 1.0: "none"}


def risk_section(story: Story, names: Names) -> Iterator[RenderableType]:
    """Yield the level, the sum line by line, the guardrails and how far to trust it all."""
    risk = story.preview.risk.assessment
    yield heading("Risk")
    yield line(_verdict(risk))
    yield from _sum(risk, names)
    if risk.guardrails:
        yield line("Guardrails:")
        yield bullets(f"{guard.code}: {names.told(guard.reason)}" for guard in risk.guardrails)
    yield line(_trust(risk))


def _verdict(risk: RiskAssessment) -> str:
    if risk.score is None:
        return f"{word(risk.level.name)}: not scored, more is reached than can be walked."
    raised = ""
    if risk.level is not risk.computed_level:
        raised = f" The sum alone would say {word(risk.computed_level.name)}; guardrails raise it."
    return (
        f"{word(risk.level.name)}, R {risk.score:.1f}. Probability of an incident {risk.probability:.1%} "
        f"(80 % interval {risk.probability_low:.1%} to {risk.probability_high:.1%}).{raised}"
    )


def _sum(risk: RiskAssessment, names: Names) -> Iterator[RenderableType]:
    lines = [
        (factor.label, _measured(factor), _evidence(factor, names), f"{factor.points:+.1f}") for factor in risk.factors
    ]
    lines.insert(0, ("The typical change", "", "", f"{BASE_LIKELIHOOD:.1f}"))
    results = [("Likelihood L", "", "", f"{risk.likelihood:.1f}")]
    if risk.impact is not None and risk.score is not None and risk.expected_loss is not None:
        loss = risk.expected_loss
        told = f"{loss.weighted_minutes:,.0f} weighted service minutes, {minutes(loss.restore_minutes)} to restore"
        results.append(("Impact I", "", told, f"{risk.impact:+.1f}"))
        results.append(("", "", "", f"{-BASE_LIKELIHOOD:+.1f}"))
        results.append(("Risk R = L + I - 50", "", "", f"{risk.score:.1f}"))
    columns = ("Factor", ">Measured", "Stands on", ">Points")
    yield table(columns, lines, results)


def _measured(factor: FactorScore) -> str:  # noqa: PLR0911 - one case a unit
    raw = factor.raw
    if factor.is_muted:
        return "not counted"
    if raw is None or not factor.is_known:
        return "unknown"
    match factor.code:
        case "test":
            return TEST_WORDS.get(raw, f"{raw:.2f}")
        case "rollback":
            return ROLLBACK_WORDS.get(raw, f"{raw:.2f}")
        case "emergency":
            return "yes" if raw else "no"
        case "timing":
            return f"{raw:.0%} of it"
        case "duration":
            return minutes(raw * 60)
    if factor.unit == "failure rate":
        return f"{raw:.1%}"
    return f"{raw:.0f}" if float(raw).is_integer() else f"{raw:.1f}"


def _evidence(factor: FactorScore, names: Names) -> str:
    if factor.is_muted:
        return factor.muted_reason or ""
    if factor.code == "conflict":
        return f"{len(factor.evidence)} below" if factor.evidence else ""
    if factor.evidence and factor.evidence[0].kind is EvidenceKind.RATE:
        return factor.evidence[0].label.partition(" (")[0]
    shown = [_evidence_words(row, names) for row in factor.evidence[:SHOWN_EVIDENCE]]
    more = len(factor.evidence) - len(shown)
    return "; ".join([*shown, *([f"{more} more"] if more > 0 else [])])


def _evidence_words(row: EvidenceRow, names: Names) -> str:
    match row.kind:
        case EvidenceKind.SERVICE | EvidenceKind.ARTEFACT:
            return names.told(row.label)
        case _:
            return f"{names.of(row.id)} {row.label}"


def _trust(risk: RiskAssessment) -> str:
    parts = risk.confidence
    fit = "fitted to the bank's own changes" if risk.is_calibrated else "shipped weights, not calibrated yet"
    return (
        f"Confidence {word(parts.overall.name)}: evidence {parts.evidence:.0%}, statistics {parts.statistics:.0%} "
        f"({fit}), CMDB {parts.cmdb:.0%}."
    )
