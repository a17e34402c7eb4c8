"""Items, incidents and changes of a bank, as published and as tables made from that (ENGINES 1.8)."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.change.model import Change, ChangeState, ChangeType
from domain.ci.model import ConfigurationItem, Relation
from domain.incident.model import ChangeLinkType, Incident, IncidentState

ROWS = 3_000

INCIDENT_COLUMNS = (
    "CI Name (aff);CI Type (aff);CI Subtype (aff);Service Component WBS (aff);Incident ID;Status;Impact;Urgency;"
    "Priority;Category;KM number;Alert Status;# Reassignments;Open Time;Reopen Time;Resolved Time;Close Time;"
    "Handle Time (Hours);Closure Code;# Related Interactions;Related Interaction;# Related Incidents;# Related Changes;"
    "Related Change;CI Name (CBy);CI Type (CBy);CI Subtype (CBy);ServiceComp WBS (CBy);;;"
)
CHANGE_COLUMNS = (
    "CI Name (aff);CI Type (aff);CI Subtype (aff);Service Component WBS (aff);Change ID;Change Type;Risk Assessment;"
    "Emergency Change;CAB-approval needed;Planned Start;Planned End;Scheduled Downtime Start;Scheduled Downtime End;"
    "Actual Start;Actual End;Requested End Date;Change record Open Time;Change record Close Time;Originated from;"
    "# Related Interactions;# Related Incidents"
)
CHANGES = (
    "LAP1;computer;Laptop;WBS1;C1;Standard Change Type 145;Minor Change;N;N;01-10-2013 08:00;01-10-2013 10:00;;;"
    "01-10-2013 08:05;01-10-2013 09:30;;25-09-2013 12:00;02-10-2013 09:00;Problem;1;2\n"
    "LAP1;computer;Laptop;WBS2;C1;Standard Change Type 145;Minor Change;N;N;01-10-2013 08:00;01-10-2013 11:00;;;"
    "01-10-2013 08:05;01-10-2013 09:30;;25-09-2013 12:00;02-10-2013 09:00;Problem;1;2\n"
    "DBA1;database;#N/B;WBS3;C2;Release Type 07;Business Change;N;Y;03-10-2013 08:00;03-10-2013 10:00;"
    "03-10-2013 08:30;03-10-2013 09:00;;;;26-09-2013 12:00;;Incident;0;0\n"
    "DBA1;database;;WBS3;C3;Release Type 07;Business Change;Y;Y;03-10-2013 10:00;03-10-2013 08:00;;;;;;"
    "26-09-2013 12:00;;Incident;0;0\n"
)
INCIDENTS = (
    "WBA1;application;Web\xe9;WBS1;IM1;Closed;4;4;4;incident;KM1;closed;0;5/02/2013 13:32:57;;4/11/2013 13:50:27;"
    "4/11/2013 13:51:18;3871,6;Other;1;SD1;;1;C9;SUB5;subapplication;Web;WBS5;;;\n"
    "WBA1;application;Web\xe9;WBS1;IM2;Work in progress;NS;4;2;incident;KM1;closed;0;5/02/2013 13:32:57;;;;;;1;"
    "SD1;;2;#MULTIVALUE;#N/B;#N/B;#N/B;#N/B;;;\n"
)


async def test_items_and_incidents_of_the_tables(bench: Any, shared: Path, rows_of: Any) -> None:
    folder = shared / "bpi2014"
    place = bench.copy(folder, "cis.csv.gz", "incident_activities.csv.gz")
    sample = bench.sample(folder / "incidents.csv.gz", ROWS)
    cis, rows = rows_of(folder / "cis.csv.gz"), rows_of(sample)
    keys = {f"{row['service_component']}/{row['ci_name']}" for row in (*cis, *rows)}
    summary = await bench.take("bpi2014", place, sample)
    assert bench.warnings == [
        "incident_activities.csv.gz is left out: the record has no place for activities and interactions"
    ]
    items, incidents = await bench.all(ConfigurationItem), await bench.all(Incident)
    assert items.keys() == keys
    nameless = [line for line, row in enumerate(rows, start=2) if not row["incident_id"]]
    backwards = [row for row in rows if row["incident_id"] and row["close_time"] < row["open_time"]]
    assert summary.rejected == len(nameless) + len(backwards)
    assert len(incidents) == ROWS - summary.rejected
    rejected = rows_of(summary.reject_files[0])
    assert [int(row["line"]) for row in rejected if row["reason"] == "incident_id: is required"] == nameless
    again = await bench.take("bpi2014", place, sample)
    assert (again.created, again.updated, again.rejected) == (0, 0, summary.rejected)
    assert again.unchanged == len(cis) + len(incidents)


async def test_what_the_tables_do_not_say_stays_unknown(bench: Any, shared: Path, rows_of: Any) -> None:
    sample = bench.sample(shared / "bpi2014" / "incidents.csv.gz", ROWS)
    rows = {row["incident_id"]: row for row in rows_of(sample)}
    await bench.take("bpi2014", sample)
    incidents, names = await bench.all(Incident), await bench.names(ConfigurationItem)
    stored = Counter(incident.priority for incident in incidents.values())
    said = Counter(min(int(rows[number]["priority"]), 4) for number in incidents)
    assert stored == said
    for number, incident in incidents.items():
        row = rows[number]
        assert [names[link.ci_id] for link in incident.cis] == [f"{row['service_component']}/{row['ci_name']}"]
        assert (incident.team_id, incident.assignee_id, incident.reporter_id) == (None, None, None)
        assert incident.change_links == []
    async with bench.runtime.ports.snapshot() as snapshot:
        assert await snapshot.find_all(Relation) == []


async def test_a_change_of_many_rows_is_one(bench: Any) -> None:
    path = bench.write("Detail_Change.csv", f"{CHANGE_COLUMNS}\n{CHANGES}{';' * CHANGE_COLUMNS.count(';')}\n")
    summary = await bench.take("bpi2014", path, time_zone="Europe/Amsterdam")
    assert summary.first_rejects == ["Detail_Change.csv, line 5: window.end: must be after the start"]
    assert summary.ignored == 1
    changes, names = await bench.all(Change), await bench.names(ConfigurationItem)
    one, two = changes["C1"], changes["C2"]
    assert {names[target.ci_id] for target in one.targets} == {"WBS1/LAP1", "WBS2/LAP1"}
    assert (one.type, one.state, one.outcome) == (ChangeType.STANDARD, ChangeState.CLOSED, None)
    assert one.planned_start == datetime(2013, 10, 1, 6, tzinfo=UTC)
    assert one.planned_end == datetime(2013, 10, 1, 9, tzinfo=UTC)
    assert one.actual_end == datetime(2013, 10, 1, 7, 30, tzinfo=UTC)
    assert (two.type, two.state, two.actual_start) == (ChangeType.MAJOR, ChangeState.SCHEDULED, None)
    assert two.downtime_start == datetime(2013, 10, 3, 6, 30, tzinfo=UTC)
    assert "Related" not in one.description


async def test_the_published_incidents_with_semicolons_in_latin_1(bench: Any) -> None:
    path = bench.write("Detail_Incident.csv", f"{INCIDENT_COLUMNS}\n{INCIDENTS}", "latin-1")
    summary = await bench.take("bpi2014", path)
    assert summary.rejected == 0
    incidents, names = await bench.all(Incident), await bench.names(ConfigurationItem)
    one, two = incidents["IM1"], incidents["IM2"]
    assert {names[link.ci_id] for link in one.cis} == {"WBS1/WBA1", "WBS5/SUB5"}
    assert (one.state, one.resolved_at) == (IncidentState.ARCHIVED, datetime(2013, 11, 4, 13, 50, 27, tzinfo=UTC))
    assert (two.state, two.resolved_at, two.priority, two.change_links) == (IncidentState.NEW, None, 2, [])
    assert [link.type for link in one.change_links] == [ChangeLinkType.RELATED]
    assert (await bench.all(ConfigurationItem))["WBS1/WBA1"].attributes["subtype"] == "Web\xe9"
