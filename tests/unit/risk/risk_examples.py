"""One readable change, to be varied: an upgrade of a mapped application on one tier 2 service, planned at night."""

from dataclasses import replace

from domain.change.model import ChangeType, RollbackState, TestState
from domain.ci.impact import ImpactedCi, ImpactState, LinkKind
from domain.risk.facts import ChangeFacts, ClassFacts, RiskFacts, ServiceFacts, TargetFacts
from domain.risk.model import FactorScore, RiskAssessment
from domain.risk.params import DAY, SHIPPED, RiskParams
from domain.risk.rates import PastChange, RateTable
from domain.risk.score import assess

AS_OF = 20_000 * DAY
NIGHT = (AS_OF + 3 * DAY, AS_OF + 3 * DAY + 2 * 3600)


def impacted(
    ci_id: str, q: float = 1.0, state: ImpactState = ImpactState.DOWN, confidence: float = 1.0, source: str = "app"
) -> ImpactedCi:
    is_target = ci_id == source
    return ImpactedCi(
        id=ci_id,
        q=q,
        q_in_context=q,
        state=state,
        distance=0 if is_target else 1,
        path=(ci_id,) if is_target else (source, ci_id),
        link_kind=None if is_target else LinkKind.EDGE,
        group_id=None,
        redundancy_before=None,
        redundancy_after=None,
        has_no_spare=False,
        confidence=confidence,
    )


def service(tier: int = 2, busy_share: float | None = 0.0) -> ServiceFacts:
    return ServiceFacts("portal", "Customer portal", tier, busy_share)


def a_change(**edits: object) -> ChangeFacts:
    """Return a normal change with passed tests and a tested rollback, both shown."""
    plain = ChangeFacts(
        id="CHG-1",
        type=ChangeType.NORMAL,
        model="upgrade",
        team="web",
        planned=NIGHT,
        test=TestState.PASSED,
        test_artefact="run-1",
        rollback=RollbackState.TESTED,
        rollback_artefact="drill-1",
        rollback_minutes=30.0,
    )
    return replace(plain, **edits)  # type: ignore[arg-type]


def some_facts(change: ChangeFacts | None = None, **edits: object) -> RiskFacts:
    """Return the change's facts: target `app`, which takes the tier 2 service `portal` down."""
    plain = RiskFacts(
        as_of=AS_OF,
        change=change or a_change(),
        targets=(TargetFacts("app", "application", tier=2),),
        impacted=(impacted("app"), impacted("portal")),
        services=(service(),),
        classes={"application": ClassFacts("application", restore_minutes=60.0)},
    )
    return replace(plain, **edits)  # type: ignore[arg-type]


def a_past(*changes: PastChange, params: RiskParams = SHIPPED) -> RateTable:
    return RateTable.build(changes, AS_OF, params.rates, organisation_rate=0.03)


def past_change(number: int, failure: float | None = 0.0, age_days: int = 30, **edits: object) -> PastChange:
    started = AS_OF - age_days * DAY
    plain = PastChange(
        id=f"old-{number:03}",
        type="NORMAL",
        model="upgrade",
        team="web",
        ci_ids=("app",),
        class_names=("application",),
        failure=failure,
        started_at=started,
        known_at=started + 7 * DAY,
    )
    return replace(plain, **edits)  # type: ignore[arg-type]


def assessed(facts: RiskFacts, past: RateTable | None = None, params: RiskParams = SHIPPED) -> RiskAssessment:
    return assess(facts, past or a_past(), params)


def factor(code: str, facts: RiskFacts, past: RateTable | None = None) -> FactorScore:
    """Return one line of the assessment's sum."""
    return next(line for line in assessed(facts, past).factors if line.code == code)
