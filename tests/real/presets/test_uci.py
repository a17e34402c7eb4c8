"""Incidents of a ServiceNow instance, from the log of its audit."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.change.model import Change, ChangeState
from domain.incident.model import ChangeLinkType, Incident, IncidentState

ROWS = 6_000


def last_rows(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """The row of every incident with the most modifications, the later of equal ones."""
    last: dict[str, dict[str, str]] = {}
    for row in rows:
        held = last.get(row["number"])
        if held is None or int(row["sys_mod_count"]) >= int(held["sys_mod_count"]):
            last[row["number"]] = row
    return last


def at(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y %H:%M").replace(tzinfo=UTC)


async def test_an_incident_is_what_its_last_row_says(bench: Any, shared: Path, rows_of: Any) -> None:
    path = bench.sample(shared / "uci_servicenow" / "incident_event_log.csv.gz", ROWS)
    last = last_rows(rows_of(path))
    summary = await bench.take("uci", path)
    assert (summary.read, summary.rejected) == (ROWS, 0)
    incidents = await bench.all(Incident)
    assert incidents.keys() == last.keys()
    states = Counter(row["incident_state"] for row in last.values())
    stored = Counter(incident.state for incident in incidents.values())
    assert stored[IncidentState.ARCHIVED] == states["Closed"]
    assert stored[IncidentState.ACCEPTED] == states["Active"]
    for number, incident in incidents.items():
        row = last[number]
        assert incident.opened_at == at(row["opened_at"])
        assert incident.priority == int(row["priority"][0])
        assert (incident.team_id is None) == (row["assignment_group"] == "?")
        assert (incident.reporter_id is None) == (row["caller_id"] == "?")
        # The log repeats on every row when the incident was to be resolved in the end.
        is_resolved = row["incident_state"] in {"Resolved", "Closed"} and row["resolved_at"] != "?"
        assert incident.resolved_at == (at(row["resolved_at"]) if is_resolved else None), number
    again = await bench.take("uci", path)
    assert (again.created, again.updated, again.unchanged) == (0, 0, len(incidents))


async def test_a_change_is_a_cause_only_where_the_log_says_so(bench: Any, shared: Path, rows_of: Any) -> None:
    path = bench.sample(shared / "uci_servicenow" / "incident_event_log.csv.gz", ROWS)
    last = last_rows(rows_of(path))
    await bench.take("uci", path)
    names = await bench.names(Change)
    stored = {
        (number, link.type, names[link.change_id])
        for number, incident in (await bench.all(Incident)).items()
        for link in incident.change_links
    }
    causes = {(n, ChangeLinkType.CAUSED_BY, r["caused_by"]) for n, r in last.items() if r["caused_by"] != "?"}
    related = {(n, ChangeLinkType.RELATED, r["rfc"]) for n, r in last.items() if r["rfc"] not in {"?", r["caused_by"]}}
    assert causes
    assert related
    assert stored == causes | related
    for change in (await bench.all(Change)).values():
        assert (change.state, change.planned_start, change.actual_start, change.outcome) == (
            ChangeState.CLOSED,
            None,
            None,
            None,
        )


async def test_local_times_are_those_of_the_zone_that_is_said(bench: Any) -> None:
    header = "number,incident_state,opened_at,resolved_at,cmdb_ci"
    log = f"{header}\nINC1,Resolved,27/7/2016 10:00,27/7/2016 12:30,?\nINC2,-100,27/7/2016 10:00,?,?\n"
    summary = await bench.take("uci", bench.write("log.csv", log), time_zone="Europe/Madrid")
    assert summary.first_rejects == ["log.csv, line 3: incident_state: '-100' is no state known here"]
    incident = (await bench.all(Incident))["INC1"]
    assert incident.opened_at == datetime(2016, 7, 27, 8, tzinfo=UTC)
    assert incident.resolved_at == datetime(2016, 7, 27, 10, 30, tzinfo=UTC)
    assert incident.cis == []
