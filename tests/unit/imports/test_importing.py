"""What an import does to the record: created, updated, unchanged or rejected with a reason; never half."""

from datetime import UTC, datetime
from typing import Any

import pytest

from domain.change.model import Change, ChangeOutcome, ChangeState
from domain.change.windows import ChangeWindow
from domain.ci.model import BusinessService, ConfigurationItem, RedundancyGroup, Relation
from domain.incident.model import ChangeLinkType, Incident
from domain.incident.rules import IncidentFacts
from domain.kernel.actor import Actor, Role
from domain.people.model import Person, Team
from domain.problem.model import Problem
from domain.usecases.incidents import report

CIS = "external_id,name,class,tier\nweb,Web,server,2\ndb,Database,database,1\npay,Payments,service,1\n"


async def found(bench: Any, noun: type[Any], **values: Any) -> Any:
    async with bench.runtime.ports.snapshot() as snapshot:
        return await snapshot.find(noun, **values)


async def all_of(bench: Any, noun: type[Any]) -> list[Any]:
    async with bench.runtime.ports.snapshot() as snapshot:
        return list(await snapshot.find_all(noun))


async def kinds(bench: Any) -> list[str]:
    while await bench.runtime.log.number():
        pass
    return [event.kind for event in await bench.runtime.log.read_after(0)]


async def test_one_event_per_record_with_the_after_image(bench: Any) -> None:
    summary = await bench.take("cis", CIS)
    assert (summary.read, summary.created, summary.rejected) == (3, 3, 0)
    kept = await kinds(bench)
    assert kept.count("ci.imported") == 3
    assert kept.count("ci_class.imported") == 3
    assert kept.count("service.imported") == 1
    events = await bench.runtime.log.read_after(0)
    images = {event.body["external_id"]: event.body for event in events if event.kind == "ci.imported"}
    assert images["web"]["name"] == "Web"


async def test_a_repeated_import_changes_nothing(bench: Any) -> None:
    await bench.take("cis", CIS)
    before = await kinds(bench)
    summary = await bench.take("cis", CIS)
    assert (summary.created, summary.updated, summary.unchanged) == (0, 0, 3)
    assert await kinds(bench) == before


async def test_only_what_differs_is_updated_and_blank_cells_say_nothing(bench: Any) -> None:
    await bench.take("cis", CIS)
    summary = await bench.take("cis", "external_id,name,class,tier\nweb,Front,server,\ndb,,database,1\n")
    assert (summary.updated, summary.unchanged) == (1, 1)
    web = await found(bench, ConfigurationItem, external_id="web")
    assert (web.name, web.tier, web.version) == ("Front", 2, 2)


async def test_a_service_brings_its_facts_and_needs_a_tier(bench: Any) -> None:
    text = "external_id,class,tier,availability_percent\npay,service,1,99.9\nshop,service,,99\nweb,server,1,99\n"
    summary = await bench.take("cis", text)
    assert bench.reasons(summary) == [
        "tier: is required of a business service",
        "availability_percent: is said of class 'service' only",
    ]
    services = await all_of(bench, BusinessService)
    assert [(service.tier, service.availability_percent) for service in services] == [(1, 99.9)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("web,RUNS_ON,web,", "target: must be another configuration item than the source"),
        ("web,RUNS_ON,nobody,", "target: no configuration item 'nobody'"),
        ("web,LIKES,db,", "type: must be one of DEPENDS_ON, RUNS_ON, HOSTED_ON, USES, CONNECTS_TO"),
        ("web,RUNS_ON,db,2", "alpha: must lie between 0 and 1"),
        ("web,RUNS_ON,db,much", "alpha: must be a number"),
        (",RUNS_ON,db,", "source: is required"),
        ("web,RUNS_ON", "has 2 cells under 4 columns"),
    ],
)
async def test_a_wrong_relation_is_rejected_with_the_column_it_belongs_to(bench: Any, row: str, reason: str) -> None:
    await bench.take("cis", CIS)
    summary = await bench.take("relations", f"source,type,target,alpha\n{row}\nweb,RUNS_ON,db,\n")
    assert (summary.created, summary.rejected) == (1, 1)
    assert bench.reasons(summary)[0].startswith(reason)


async def test_a_relation_seen_again_is_confirmed(bench: Any) -> None:
    await bench.take("cis", CIS)
    text = "source,type,target\nweb,DEPENDS_ON,db\n"
    await bench.take("relations", text)
    first = (await all_of(bench, Relation))[0]
    summary = await bench.take("relations", text)
    again = (await all_of(bench, Relation))[0]
    assert (summary.created, summary.updated, summary.unchanged) == (0, 0, 1)
    assert again.id == first.id
    assert again.confirmed_at > first.confirmed_at
    assert (await kinds(bench))[-1] == "relation.confirmed"


async def test_what_contains_itself_is_rejected_even_over_rows_of_one_chunk(bench: Any) -> None:
    await bench.take("cis", CIS)
    text = (
        "source,type,target\nweb,CONTAINS,db\ndb,CONTAINS,pay\npay,CONTAINS,web\nweb,DEPENDS_ON,db\ndb,DEPENDS_ON,web\n"
    )
    summary = await bench.take("relations", text)
    assert (summary.created, summary.rejected) == (4, 1)
    assert "would contain itself" in bench.reasons(summary)[0]


async def test_history_is_taken_as_it_was(bench: Any) -> None:
    await bench.take("cis", CIS)
    changes = (
        "number,title,state,outcome,planned_start,planned_end,actual_start,closed_at,recorded_at,targets\n"
        "CHG7,Patch,CLOSED,SUCCESSFUL,2024-01-01T10:00Z,2024-01-01T12:00Z,2024-01-01T10:05Z,2024-01-02T08:00Z,"
        "2023-12-20T08:00Z,web|db\n"
    )
    assert (await bench.take("changes", changes)).created == 1
    change = await found(bench, Change, number="CHG7")
    assert (change.state, change.outcome) == (ChangeState.CLOSED, ChangeOutcome.SUCCESSFUL)
    assert change.recorded_at == datetime(2023, 12, 20, 8, tzinfo=UTC)
    assert len(change.targets) == 2
    incidents = (
        "external_id,title,opened_at,recorded_at,resolved_at,state,priority,cis,caused_by\n"
        "i1,Down,2024-01-01T13:00Z,2024-01-01T13:05Z,2024-01-01T14:00Z,RESOLVED,1,web,CHG7\n"
    )
    assert (await bench.take("incidents", incidents)).created == 1
    incident = await found(bench, Incident, external_id="i1")
    assert [(link.change_id, link.type) for link in incident.change_links] == [(change.id, ChangeLinkType.CAUSED_BY)]
    assert incident.cis[0].recorded_at == incident.recorded_at


async def test_recorded_now_unless_said_otherwise(bench: Any) -> None:
    before = datetime.now(UTC)
    await bench.take("problems", "external_id,title,opened_at\np1,Leak,2024-01-01T13:00Z\n")
    problem = await found(bench, Problem, external_id="p1")
    assert before <= problem.recorded_at <= datetime.now(UTC)


async def test_duplicate_numbers_are_rejected_and_generated_ones_go_on_above_given_ones(bench: Any) -> None:
    text = "external_id,number,title,opened_at\n" + "".join(
        f"{row},2024-01-01T10:00Z\n" for row in ("a,INC0000041,One", "b,INC0000041,Two", "c,,Three")
    )
    summary = await bench.take("incidents", text)
    assert bench.reasons(summary) == ["number: 'INC0000041' is taken by another incident"]
    assert (await found(bench, Incident, external_id="c")).number == "INC0000042"
    facts = IncidentFacts(title="Four", description="Found by a program", reporter_id=None)
    program = Actor(id="probe", name="Probe", roles=frozenset({Role.INTEGRATION}))
    reported = await report(bench.runtime.ports, program, facts)
    assert (await found(bench, Incident, id=reported)).number == "INC0000043"


async def test_people_teams_groups_and_windows(bench: Any) -> None:
    await bench.take(
        "people", "external_id,name,email,roles,delegate\nada,Ada,a@x.org,SUPPORT|CAB_MEMBER,\nbob,Bob,b@x.org,,ada\n"
    )
    await bench.take("teams", "external_id,name,lead,members\nops,Operations,ada,ada;bob\n")
    await bench.take(
        "cis",
        "external_id,class,owner,owner_team\nweb1,server,ada,ops\nweb2,server,b@x.org,Operations\nshop,application,,\n",
    )
    await bench.take("groups", "external_id,members,protected,min_up\npool,web1|web2,shop,1\nbroken,web1,shop,2\n")
    await bench.take(
        "windows",
        "external_id,name,kind,scope_kind,scope,time_zone,local_start,local_end,weekdays\n"
        "w1,Sunday,MAINTENANCE,CI,web1,Europe/Berlin,02:00,05:00,6\n"
        "w2,Nowhere,BLACKOUT,ORGANISATION,,Europe/Nowhere,02:00,05:00,6\n"
        "w3,Class,BLACKOUT,CI_CLASS,mainframe,UTC,02:00,05:00,6\n",
    )
    assert (await found(bench, Person, external_id="bob")).delegate_id == (
        await found(bench, Person, external_id="ada")
    ).id
    assert len((await found(bench, Team, external_id="ops")).members) == 2
    assert [group.external_id for group in await all_of(bench, RedundancyGroup)] == ["pool"]
    window = (await all_of(bench, ChangeWindow))[0]
    assert (window.external_id, window.scope_id) == (
        "w1",
        (await found(bench, ConfigurationItem, external_id="web1")).id,
    )


async def test_members_that_are_said_no_longer_are_ended_not_removed(bench: Any) -> None:
    await bench.take("cis", CIS)
    await bench.take("groups", "external_id,members,protected\npool,web|db,pay\n")
    await bench.take("groups", "external_id,members\npool,web\n")
    members = (await all_of(bench, RedundancyGroup))[0].members
    assert sorted(member.valid_to is None for member in members) == [False, True]


async def test_a_passed_test_needs_something_to_look_at(bench: Any) -> None:
    text = "external_id,title,test_state,test_evidence\nc1,One,PASSED,\nc2,Two,PASSED,https://ci.example.org/7\n"
    summary = await bench.take("changes", text)
    assert (summary.created, summary.rejected) == (1, 1)
    assert "can be PASSED only with evidence" in bench.reasons(summary)[0]


async def test_predecessors_in_a_circle_are_rejected(bench: Any) -> None:
    await bench.take("changes", "external_id,title,predecessors\na,A,\nb,B,a\nc,C,b\n")
    summary = await bench.take("changes", "external_id,predecessors\na,c\n")
    assert summary.rejected == 1
    assert "would wait for" in bench.reasons(summary)[0]


async def test_a_rejected_update_leaves_the_record_as_it_was(bench: Any) -> None:
    await bench.take("cis", CIS)
    summary = await bench.take("cis", 'external_id,name,tier,attributes\nweb,Broken,9,"{""a"": 1}"\ndb,Data,,\n')
    assert (summary.updated, summary.rejected) == (1, 1)
    web = await found(bench, ConfigurationItem, external_id="web")
    assert (web.name, web.tier, web.attributes, web.version) == ("Web", 2, {}, 1)


async def test_a_name_of_several_asks_for_the_external_id(bench: Any) -> None:
    await bench.take("cis", "external_id,name,class\na1,Twin,server\na2,Twin,server\nb,B,server\n")
    summary = await bench.take("relations", "source,type,target\nTwin,RUNS_ON,b\n")
    assert bench.reasons(summary) == ["source: 'Twin' is the name of 2: say the external id"]


async def test_without_anything_to_know_it_by_a_row_is_rejected(bench: Any) -> None:
    summary = await bench.take("cis", "name,class\nWeb,server\n")
    assert "without it a second import would double the record" in bench.reasons(summary)[0]
    assert await all_of(bench, ConfigurationItem) == []
