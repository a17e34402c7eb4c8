"""What may follow in the life of an incident."""

import pytest

from domain.incident.model import OPEN_STATES, IncidentState
from domain.incident.rules import LIFECYCLE, IncidentAct


@pytest.mark.parametrize("state", IncidentState)
def test_only_open_incidents_are_worked_on(state: IncidentState) -> None:
    """D6: archived and cancelled are final; what was found out later may still be linked."""
    work = {IncidentAct.UPDATE, IncidentAct.RESOLVE, IncidentAct.CANCEL} if state in OPEN_STATES else set()
    links = set() if state is IncidentState.CANCELLED else {IncidentAct.LINK}
    assert set(LIFECYCLE.allowed(state)) == work | links
