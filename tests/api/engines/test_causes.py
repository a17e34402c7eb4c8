"""The cause ledger as GraphQL answers it: the engine's own answer, its parts, and who may ask."""

from datetime import timedelta

import pytest

from api.ids import encode_id as gid
from domain.change.model import ChangeOutcome, ChangeState
from domain.incident.model import ChangeLinkType, IncidentChangeLink
from domain.kernel.actor import Role
from domain.usecases.causes import candidate_causes
from tests import builders as b
from tests.api.desk import Desk, somebody

DESK = somebody(Role.SERVICE_DESK)
ASKED = """
  query($number: String!) {
    incident(by: { number: $number }) {
      candidateCauses {
        noneShare
        candidates { totalCount nodes { hops hoursBefore failureRate weight share verdict change { id } } }
      }
    }
  }
"""


@pytest.fixture
async def disturbed(desk: Desk) -> Desk:
    changes = []
    for name, hours in (("early", 40), ("late", 2), ("ruled-out", 1)):
        start = b.MONDAY - timedelta(hours=hours)
        change = b.a_change("app", id=name, state=ChangeState.CLOSED, actual_start=start, actual_end=start)
        change.closed_at, change.outcome = start + timedelta(hours=1), ChangeOutcome.SUCCESSFUL
        changes.append(change)
    incident = b.an_incident("app", id="inc", number="INC0000042", reporter_id="rita")
    incident.change_links.append(
        IncidentChangeLink(
            id="link",
            incident_id="inc",
            change_id="ruled-out",
            type=ChangeLinkType.UNRELATED,
            recorded_at=b.MONDAY,
        )
    )
    await desk.holds(
        b.a_person(id="rita"), b.a_class(id="class-server"), b.a_ci(id="app", name="app"), *changes, incident
    )
    return desk


async def test_it_is_what_the_engine_says_in_its_order(disturbed: Desk) -> None:
    answer = await disturbed.data(ASKED, DESK, number="INC0000042")
    ledger = answer["incident"]["candidateCauses"]
    expected = await candidate_causes(disturbed.ports, DESK, "inc")
    assert ledger["noneShare"] == expected.none_share
    assert ledger["candidates"]["totalCount"] == 3
    assert ledger["candidates"]["nodes"] == [
        {
            "hops": one.hops,
            "hoursBefore": one.hours,
            "failureRate": one.rate,
            "weight": one.weight,
            "share": one.share,
            "verdict": one.verdict,
            "change": {"id": gid("Change", one.change_id)},
        }
        for one in expected.candidates
    ]
    assert [one.change_id for one in expected.candidates] == ["late", "early", "ruled-out"]


async def test_who_reported_it_sees_the_incident_but_not_the_ledger(disturbed: Desk) -> None:
    answer = await disturbed.ask(ASKED, somebody(Role.REQUESTER, person_id="rita"), number="INC0000042")
    assert answer.data == {"incident": {"candidateCauses": None}}
