"""Which change an incident may come from: asked of the estate and the rates as they were when it opened."""

from collections.abc import Mapping
from datetime import timedelta

from domain.ci.topology import Topology
from domain.incident.model import ChangeLinkType, Incident
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import NotFound, TooLarge
from domain.kernel.time import from_seconds, to_seconds
from domain.ports import Ports
from domain.risk.causes import LOOKED_BACK, CauseLedger, cause_ledger, hops_to
from domain.risk.params import SHIPPED, RiskParams
from domain.risk.rates import RateTable

STRONGEST_LAST = (
    ChangeLinkType.RELATED,
    ChangeLinkType.FIXED_BY,
    ChangeLinkType.UNRELATED,
    ChangeLinkType.CAUSED_BY,
)


async def candidate_causes(ports: Ports, actor: Actor, incident_id: str) -> CauseLedger:
    """Return the changes an incident may come from, with verdicts; `TooLarge` when too much is reached to walk."""
    actor.require(Permission.READ_ALL)
    async with ports.snapshot() as snapshot:
        incident = await snapshot.find(Incident, id=incident_id)
        if incident is None:
            raise NotFound("incident", incident_id)
        opened_at = to_seconds(incident.opened_at)
        since = incident.opened_at - timedelta(seconds=LOOKED_BACK)
        changes = await snapshot.started_changes(since, incident.opened_at)
        active = await snapshot.active_policy("risk")
        past = await snapshot.past_changes()
    params = RiskParams.from_json(active) if active else SHIPPED
    rates = RateTable.build(past, opened_at, params.rates, params.organisation_rate)
    on = sorted({link.ci_id for link in incident.cis if link.ended_at is None})
    targets = frozenset[str]().union(*(change.ci_ids for change in changes))
    hops = await _hops(ports, on, targets, opened_at) if on and targets else {}
    return cause_ledger(opened_at, changes, hops, rates, _verdicts(incident))


async def _hops(ports: Ports, on: list[str], targets: frozenset[str], opened_at: int) -> dict[str, int]:
    as_of = from_seconds(opened_at)
    above = targets & await ports.graph.upstream(on, as_of=as_of)
    if not above:
        return {}
    closure = await ports.graph.closure(above, as_of=as_of)
    if closure.is_truncated:
        raise TooLarge("Too much is reached from the changes before it to find the way to the incident.")
    return hops_to(Topology.of(closure), on, closure.ids)


def _verdicts(incident: Incident) -> Mapping[str, ChangeLinkType]:
    """Return what people say of each change now; where they say more than one thing, the strongest."""
    links = [link for link in incident.change_links if link.ended_at is None]
    return {link.change_id: link.type for link in sorted(links, key=lambda link: STRONGEST_LAST.index(link.type))}
