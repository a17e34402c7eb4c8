"""What the verbs of incidents and problems leave behind beside their events (R071, R072, R117, R204, D1)."""

import pytest

from domain.incident.model import ChangeLinkType, Incident, IncidentState
from domain.incident.rules import IncidentFacts
from domain.kernel.actor import Actor, Role
from domain.kernel.errors import InvalidInput, InvalidTransition
from domain.problem.model import Problem, ProblemState
from domain.usecases import incidents, problems
from tests.unit.usecases.world import ADMINISTRATOR, HOUR, NOW, World, actor

DESK = actor(Role.SERVICE_DESK)
ALARM = IncidentFacts(title="Disk full", description="/var at 99 %")


@pytest.mark.requirement("R071", "R072", "R016", "R066")
@pytest.mark.parametrize(
    ("who", "reporter"),
    [
        pytest.param(DESK, "bob", id="who registers it reports it"),
        pytest.param(actor(Role.INTEGRATION, person=None), None, id="a system reports without a person"),
    ],
)
async def test_a_report_is_complete_by_itself(world: World, who: Actor, reporter: str | None) -> None:
    """D1: found now unless said otherwise, number generated, priority always present."""
    incident = await world.get(Incident, await incidents.report(world.ports, who, ALARM, ["web"]))
    assert (incident.number, incident.opened_at, incident.priority) == ("INC0000001", NOW, 3)
    assert (incident.reporter_id, [link.ci_id for link in incident.cis]) == (reporter, ["web"])


async def test_nobody_reports_anonymously(world: World) -> None:
    with pytest.raises(InvalidInput, match="reporter_id: is required"):
        await incidents.report(world.ports, actor(Role.SERVICE_DESK, person=None), ALARM)


@pytest.mark.requirement("R084")
async def test_a_priority_is_of_four_levels_and_may_change(world: World) -> None:
    for version, priority in enumerate((1, 2, 3, 4, 1), start=1):
        await incidents.update(world.ports, DESK, "incident", version, IncidentFacts(priority=priority))
        assert (await world.get(Incident, "incident")).priority == priority
    for none in (0, 5):
        with pytest.raises(InvalidInput, match="priority"):
            await incidents.update(world.ports, DESK, "incident", 6, IncidentFacts(priority=none))


@pytest.mark.requirement("R203")
async def test_an_incident_carries_the_changes_it_led_to(world: World) -> None:
    """One that mends it, and what it has to do with the others; an event tells of each."""
    await incidents.link_change(
        world.ports, DESK, "incident", 1, change_id="change-NEW", link_type=ChangeLinkType.FIXED_BY
    )
    links = (await world.get(Incident, "incident")).change_links
    assert ("change-NEW", ChangeLinkType.FIXED_BY) in [(link.change_id, link.type) for link in links]
    assert (await world.events())[-1].kind == "incident.change_linked"


@pytest.mark.requirement("R117")
async def test_a_solution_has_its_time(world: World) -> None:
    await incidents.resolve(world.ports, DESK, "incident", 1, solution=" restarted ", resolved_at=NOW - HOUR)
    resolved = await world.get(Incident, "incident")
    assert (resolved.state, resolved.solution, resolved.resolved_at) == (
        IncidentState.RESOLVED,
        "restarted",
        NOW - HOUR,
    )
    with pytest.raises(InvalidTransition, match="RESOLVED: UPDATE is not possible"):
        await incidents.update(world.ports, DESK, "incident", 2, ALARM)
    await incidents.add_cis(world.ports, DESK, "incident", 2, ["db"])


async def test_a_cancelled_incident_stays_as_it_is(world: World) -> None:
    with pytest.raises(InvalidTransition, match="only nothing"):
        await incidents.add_cis(world.ports, DESK, "incident-cancelled", 1, ["db"])


async def test_a_link_is_ended_not_removed(world: World) -> None:
    await incidents.remove_cis(world.ports, DESK, "incident", 1, ["web"])
    await incidents.add_cis(world.ports, DESK, "incident", 2, ["web"])
    links = (await world.get(Incident, "incident")).cis
    assert sorted((link.ended_at for link in links), key=str) == [NOW, None]


@pytest.mark.requirement("R204")
async def test_a_problem_is_analysed_solved_and_closed(world: World) -> None:
    await problems.analyse(world.ports, DESK, "problem-NEW", 1)
    await problems.declare_known_error(
        world.ports, DESK, "problem-NEW", 2, root_cause="a leak", workaround="restart at night"
    )
    known = await world.get(Problem, "problem-NEW")
    assert (known.state, known.root_cause, known.workaround) == (
        ProblemState.KNOWN_ERROR,
        "a leak",
        "restart at night",
    )
    await problems.resolve(world.ports, DESK, "problem-NEW", 3, "a leak in the pool")
    await problems.close(world.ports, DESK, "problem-NEW", 4)
    closed = await world.get(Problem, "problem-NEW")
    assert (closed.state, closed.resolved_at, closed.root_cause) == (ProblemState.CLOSED, NOW, "a leak in the pool")


@pytest.mark.parametrize("verb", [problems.analyse, problems.close])
async def test_a_closed_problem_stays_closed(world: World, verb: object) -> None:
    with pytest.raises(InvalidTransition):
        await verb(world.ports, ADMINISTRATOR, "problem-CLOSED", 1)  # type: ignore[operator]
