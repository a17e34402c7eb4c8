"""The footprint of a change: D by step, F = {q >= .2} and the down set, the services in F (ENGINES 3.3)."""

from domain.ci.impact import assess_impact
from domain.ci.topology import ImpactLimits
from domain.conflict.derivation import footprint
from domain.conflict.footprint import Effect
from tests.unit.conflict.conflict_worlds import HOUR, POLICY, Estate


def test_what_is_down_belongs_to_it_however_small_the_degree() -> None:
    estate = Estate(edges={"r1": ("db", "app", 0.1, True), "r2": ("db", "report", 0.2, False)})
    estate.edges["r3"] = ("db", "archive", 0.19, False)
    change = estate.change("CHG-1", (0, HOUR), ["db"])
    assert change.direct == {"db"}
    assert change.effects == {
        "db": Effect(1.0, True, ("db",)),
        "app": Effect(0.1, True, ("db", "app")),
        "report": Effect(0.2, False, ("db", "report")),
    }


def test_services_are_those_of_the_footprint_with_their_tier() -> None:
    estate = Estate(edges={"r1": ("db", "shop", 0.9, True)}, service_tiers={"shop": 1, "mail": 1})
    services = estate.change("CHG-1", (0, HOUR), ["db"]).services
    assert [(service.id, service.tier, service.q, service.is_down) for service in services] == [("shop", 1, 0.9, True)]


def test_a_rolling_change_is_counted_step_by_step_within_its_tasks() -> None:
    estate = Estate(groups={"pair": (("a", "b"), ("shop",), 1)})
    windows = [(1, (0, 60)), (1, (120, 180))]
    rolling = estate.change("CHG-1", (0, HOUR), steps={1: ["a"], 2: ["b"]}, step_windows=windows)
    assert [({*step.down}, step.window) for step in rolling.steps] == [({"a"}, (0, 180)), ({"b"}, None)]
    assert "shop" not in rolling.effects
    at_once = estate.change("CHG-1", (0, HOUR), steps={1: ["a", "b"]}, step_windows=windows)
    assert [({*step.down}, step.window) for step in at_once.steps] == [({"a", "b", "shop"}, None)]


def test_too_large_to_walk_leaves_at_least_what_goes_down() -> None:
    estate = Estate(edges={"r1": ("db", "app", 0.9, True), "r2": ("db", "report", 0.9, False)})
    impact = assess_impact(estate.topology(), [["db"]], limits=ImpactLimits(nodes=1))
    found = footprint(estate.topology(), {1: ["db"]}, [], impact, service_tiers={"app": 1}, policy=POLICY)
    assert impact.truncated
    assert found.effects.keys() == {"db", "app"}
    assert [service.id for service in found.services] == ["app"]
