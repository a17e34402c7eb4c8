"""A shop on two databases behind a service, with an incident, a problem and changes: written with its events."""

from typing import Any

from domain.incident.model import ChangeLinkType, IncidentChangeLink
from domain.kernel.ids import random_ids
from domain.kernel.time import FixedClock
from domain.problem.model import ProblemIncident
from domain.store.engine import Database
from domain.store.log import SqlEventLog
from domain.store.unit_of_work import unit_of_work
from tests.builders import (
    MONDAY,
    a_change,
    a_ci,
    a_class,
    a_group,
    a_problem,
    a_relation,
    a_service,
    an_incident,
    saved,
)


async def stored_shop(database: Database) -> dict[str, Any]:
    """Write the estate and return its records by what they are."""
    clock = FixedClock(MONDAY)
    work = unit_of_work(database, clock, random_ids(clock))
    host, first, second, shop = (a_ci(id=name, name=name) for name in ("host", "db-1", "db-2", "shop"))
    group = a_group(["db-1", "db-2"], ["shop"], id="pair")
    change, closed = a_change("host", id="open-change"), a_change("host", id="done-change", state="CLOSED")
    incident = an_incident("shop", id="outage")
    incident.change_links.append(
        IncidentChangeLink(
            id="link",
            incident_id="outage",
            change_id="done-change",
            type=ChangeLinkType.CAUSED_BY,
            recorded_at=MONDAY,
        )
    )
    problem = a_problem("db-1", id="slow")
    problem.incidents.append(ProblemIncident(id="of", problem_id="slow", incident_id="outage", recorded_at=MONDAY))
    records = {
        "class": a_class(),
        "host": host,
        "db-1": first,
        "db-2": second,
        "shop": shop,
        "service": a_service(id="shop"),
        "relation": a_relation("db-1", "host", id="runs-on"),
        "cluster": a_relation("db-2", "host", id="member-of", type="MEMBER_OF"),
        "group": group,
        "change": change,
        "closed": closed,
        "incident": incident,
        "problem": problem,
    }
    await saved(work, *records.values())
    while await SqlEventLog(database).number():
        pass
    return records
