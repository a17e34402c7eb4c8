"""One change as a change manager wants to see it: risk, services, conflicts, what would help, board, free slots."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import RenderableType

from api.demo.briefing import Story
from api.demo.risk_report import risk_section
from api.demo.tables import bullets, heading, line, table, title
from api.demo.wording import CONFLICT_WORDS, FORUM_WORDS, Names, moment, seconds_span, span, word
from domain.change.model import Change
from domain.ci.impact import ImpactedCi, ImpactState
from domain.conflict.acceptance import ConflictRecord, ConflictStatus
from domain.risk.model import Counterfactual, RiskLevel, ServiceLoss
from domain.usecases.slots import ScoredSlot

SHOWN_AT_RISK = 4


def change_section(story: Story, names: Names) -> Iterator[RenderableType]:
    """Yield everything about one change."""
    yield title(f"{story.change.number}  {story.change.title}")
    yield from _head(story, names)
    yield from risk_section(story, names)
    yield from _impact(story, names)
    yield from _conflicts(story, names)
    yield from _lowering(story, names)
    yield from _comparables(story)
    yield from _board(story, names)
    yield from _slots(story)


def _head(story: Story, names: Names) -> Iterator[RenderableType]:
    change, targets = story.change, story.preview.walk.estate.targets.values()
    changed = ", ".join(f"{ci.name} ({ci.class_name}{_tier(ci.tier)})" for ci in targets)
    yield line(
        f"{word(change.type)} change, {change.model}, by {names.of(change.team_id or '')}; "
        f"requested by {names.of(change.requester_id or '')}; state {word(change.state)}"
    )
    yield line(f"Changes {changed}")
    if change.planned_start and change.planned_end:
        yield line(f"Planned {span(change.planned_start, change.planned_end)}")
    for risk in change.technical_risks:
        state = "Open" if risk.is_open else "Mitigated"
        yield line(
            f"{state} technical risk, {word(risk.kind).lower()}: {risk.finding} ({names.of(risk.assessor_id or '')})"
        )


def _impact(story: Story, names: Names) -> Iterator[RenderableType]:
    yield heading("Impact by service, if it fails")
    loss = story.preview.risk.assessment.expected_loss
    impacted = story.preview.walk.estate.impact.impacted
    rows = [] if loss is None else sorted(loss.services, key=lambda row: (-row.share, row.name))
    if rows:
        columns = ("Service", ">Tier", "Effect", ">Loss", "Way")
        yield table(columns, [_service_row(row, impacted.get(row.id), names) for row in rows])
    else:
        yield line("No service goes down or is degraded by this change alone.")
    targets = story.preview.walk.estate.targets
    others = Counter(ci.state for ci_id, ci in impacted.items() if ci_id not in targets)
    yield line(f"Configuration items down {others[ImpactState.DOWN]}, degraded {others[ImpactState.DEGRADED]}.")
    spares = sorted(
        (ci for ci in impacted.values() if ci.has_no_spare and ci.redundancy_before is not None),
        key=lambda ci: (ci.distance, names.of(ci.id)),
    )
    if spares:
        shown = ", ".join(f"{names.of(ci.id)} {_redundancy(ci)}" for ci in spares[:SHOWN_AT_RISK])
        more = len(spares) - SHOWN_AT_RISK
        yield line(f"Running on less redundancy meanwhile: {shown}{f' and {more} more' if more > 0 else ''}.")


def _service_row(row: ServiceLoss, ci: ImpactedCi | None, names: Names) -> tuple[str, ...]:
    if ci is None:
        return row.name, "?", "unknown", f"{row.share:.0%}", "no relation leads to any service"
    effect = "down" if ci.state is ImpactState.DOWN else f"degraded {row.q:.0%}"
    way = names.path(row.witness) + (f" [{_redundancy(ci)}]" if ci.redundancy_before is not None else "")
    return row.name, str(row.tier), effect, f"{row.share:.0%}", way


def _redundancy(ci: ImpactedCi) -> str:
    return f"{ci.redundancy_before} -> {ci.redundancy_after}"


def _conflicts(story: Story, names: Names) -> Iterator[RenderableType]:
    yield heading("Conflicts")
    records = sorted(story.preview.conflicts, key=lambda record: record.conflict.order)
    if not records:
        yield line("None.")
        return
    columns = ("Severity", "Kind", "What")
    yield table(columns, [_conflict_row(record, names) for record in records])
    if story.partners:
        yield line("The other changes:")
        yield bullets(_partner(change, names) for change in story.partners)


def _conflict_row(record: ConflictRecord, names: Names) -> tuple[str, ...]:
    found = record.conflict
    accepted = " Accepted." if record.status is ConflictStatus.ACCEPTED else ""
    when = f" {seconds_span(*found.window)}." if found.window else ""
    return word(found.severity), CONFLICT_WORDS[found.code], f"{names.told(found.message)}{when}{accepted}"


def _partner(change: Change, names: Names) -> str:
    when = f", {span(change.planned_start, change.planned_end)}" if change.planned_start and change.planned_end else ""
    return f"{change.number} {change.title}; {names.of(change.team_id or '')}{when}"


def _lowering(story: Story, names: Names) -> Iterator[RenderableType]:
    yield heading("What would lower the risk")
    risk = story.preview.risk.assessment
    if risk.level is RiskLevel.LOW:
        yield line("Nothing needs to: it is low.")
    elif risk.counterfactuals:
        yield bullets(_lowered(way, names) for way in risk.counterfactuals)
    else:
        yield line(f"No set of up to three known actions takes it below {word(risk.level.name)}.")
    gaps = ", ".join(ci.name for ci in story.unmapped)
    if gaps:
        yield line(f"Close the gap in the CMDB: say what depends on {gaps}. Until then it must not look safe.")


def _lowered(way: Counterfactual, names: Names) -> str:
    actions = " + ".join(names.told(action.label).rstrip(".") for action in way.actions)
    return (
        f"{actions}: {word(way.new_level.name)}, R {way.new_score:.1f}, "
        f"probability {way.new_probability:.1%} (effort {way.effort})"
    )


def _comparables(story: Story) -> Iterator[RenderableType]:
    alike = story.preview.risk.assessment.comparables
    if alike:
        yield heading("Changes like it, and how they ended")
        numbers = story.preview.risk.names
        yield bullets(
            f"{numbers.get(past.change_id, past.change_id)}: {word(past.outcome)}, {past.similarity:.0%} alike "
            f"in {', '.join(name for name, part in past.parts if part)}"
            for past in alike
        )


def _board(story: Story, names: Names) -> Iterator[RenderableType]:
    yield heading("Who decides, and when")
    decision, meeting, item = story.preview.risk.route, story.meeting, story.item
    yield line(f"Decided by {FORUM_WORDS[decision.forum]}: {names.told(decision.reason)}.")
    if decision.is_retyped:
        yield line(
            "A standard change must match an approved template and be low: this one is decided as a normal change."
        )
    if meeting is not None and item is not None:
        place = f"item {item.place} of {len(meeting.items)}, {item.minutes} minutes"
        yield line(f"On the agenda of {moment(meeting.start)}, {place}: {names.told(why_here(item.reason))}")
    elif story.preview.meeting is not None:
        yield line(names.told(story.preview.meeting.reason))


def why_here(sentence: str) -> str:
    """Return the reasons of the planner's sentence "CHG… goes to BOARD, DAY TIME: REASONS"."""
    return sentence.partition(": ")[2] or sentence


def _slots(story: Story) -> Iterator[RenderableType]:
    yield heading("First free slots")
    free = story.preview.slots
    if free is None:
        yield line("Without targets there is nothing to search for.")
    elif free.slots:
        columns = ("Slot", ">R there", "Level", "Conflicts left")
        yield table(columns, [_slot_row(slot) for slot in free.slots])
    else:
        yield line(f"None in 90 days. {free.answer.explanation}".strip())
        yield bullets(relaxation.explanation for relaxation in free.answer.relaxations)


def _slot_row(slot: ScoredSlot) -> tuple[str, ...]:
    risk = slot.risk.assessment
    score = "not scored" if risk.score is None else f"{risk.score:.1f}"
    return (
        seconds_span(slot.slot.start, slot.slot.end),
        score,
        word(risk.level.name),
        _codes(slot.conflicts) or "none",
    )


def _codes(records: Sequence[ConflictRecord]) -> str:
    return ", ".join(sorted({CONFLICT_WORDS[record.conflict.code].lower() for record in records}))


def _tier(tier: int | None) -> str:
    return "" if tier is None else f", tier {tier}"
