"""Incidents: reported, updated, linked, resolved (R071, R072, R117, D1). The full process is a later issue."""

from collections.abc import Sequence
from datetime import datetime

from domain.change.model import Change
from domain.ci.model import ConfigurationItem
from domain.incident.model import ChangeLinkType, Incident, IncidentChangeLink, IncidentCi
from domain.incident.rules import LIFECYCLE, IncidentAct, IncidentFacts, incident_issues, report_issues
from domain.kernel.absent import apply_facts, stated, trimmed
from domain.kernel.actor import Actor, Permission, Role
from domain.kernel.checks import instant_issues, missing_issues, prose_issues, refuse, repeat_issues
from domain.kernel.errors import Forbidden, InvalidInput, Issue
from domain.people.model import Person, Team
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, doer, references

_FOR_THE_DESK = {"external_id", "priority", "assignee_id", "team_id", "is_restricted"}
"""Facts that only those who work on incidents state."""


async def report(ports: Ports, actor: Actor, facts: IncidentFacts, ci_ids: Sequence[str] = ()) -> str:
    """Register an incident with what it is on (`incidentReport`).

    Who acts is the reporter unless the facts name one; found now unless they say when (D1). Whoever may only report
    does so for themselves, and leaves it to the desk to grade and to assign (R017, R081).
    """
    _require_reporting(actor, facts)
    async with act(ports, actor) as work:
        incident = Incident(
            id=work.new_id(),
            number=await work.next_number("INC"),
            external_id=None,
            title="",
            opened_at=work.now,
            recorded_at=work.now,
            reporter_id=actor.person_id,
        )
        apply_facts(incident, facts)
        await _check(
            work,
            incident,
            [
                *report_issues(incident, is_by_system=Role.INTEGRATION in actor.roles),
                *repeat_issues("ci_ids", ci_ids),
            ],
            references("ci_ids", ConfigurationItem, ci_ids),
        )
        _put_on(work, incident, ci_ids)
        work.add(incident)
        work.record("incident.reported", incident)
    return incident.id


def _require_reporting(actor: Actor, facts: IncidentFacts) -> None:
    if actor.may(Permission.WRITE_INCIDENT):
        return
    actor.require(Permission.REPORT_INCIDENT)
    said = stated(facts)
    if said.get("reporter_id", actor.person_id) != actor.person_id or said.keys() & _FOR_THE_DESK:
        raise Forbidden(Permission.WRITE_INCIDENT.value)


async def update(ports: Ports, actor: Actor, incident_id: str, expected_version: int, facts: IncidentFacts) -> str:
    """Change what is said of an open incident (`incidentUpdate`)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.UPDATE)
        apply_facts(incident, facts)
        await _check(work, incident)
        work.record("incident.updated", incident)
    return incident.id


async def add_cis(ports: Ports, actor: Actor, incident_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Say that an incident is on these configuration items too (`incidentCisAdd`)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.LINK)
        await check(
            work,
            repeat_issues("ci_ids", ci_ids, besides=_current_cis(incident)),
            *references("ci_ids", ConfigurationItem, ci_ids),
        )
        _put_on(work, incident, ci_ids)
        work.record("incident.cis_added", incident)
    return incident.id


async def remove_cis(ports: Ports, actor: Actor, incident_id: str, expected_version: int, ci_ids: Sequence[str]) -> str:
    """Say that an incident was not on these configuration items (`incidentCisRemove`)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.LINK)
        present = _current_cis(incident)
        refuse(missing_issues("ci_ids", ci_ids, present))
        for ci_id in ci_ids:
            present[ci_id].ended_at = work.now
        work.record("incident.cis_removed", incident)
    return incident.id


async def resolve(
    ports: Ports,
    actor: Actor,
    incident_id: str,
    expected_version: int,
    *,
    solution: str,
    resolved_at: datetime | None = None,
) -> str:
    """Record how service was restored, and when if not now (`incidentResolve`, R117, R118)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.RESOLVE)
        incident.solution, incident.resolved_at = trimmed(solution), resolved_at or work.now
        refuse(
            [
                *prose_issues("solution", incident.solution, required=True),
                *instant_issues("resolved_at", incident.resolved_at, not_after=work.now),
            ]
        )
        refuse(incident_issues(incident))
        work.record("incident.resolved", incident)
    return incident.id


async def cancel(ports: Ports, actor: Actor, incident_id: str, expected_version: int) -> str:
    """Withdraw an incident that was none (`incidentCancel`)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.CANCEL)
        work.record("incident.cancelled", incident)
    return incident.id


async def link_change(
    ports: Ports,
    actor: Actor,
    incident_id: str,
    expected_version: int,
    *,
    change_id: str,
    link_type: ChangeLinkType,
) -> str:
    """State what a change has to do with an incident: caused it, fixed it, is related or is not (`incidentChangeLink`).

    That it is unrelated cannot stand beside another statement about the same change.
    """
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.LINK)
        await check(work, [], Reference("change_id", Change, change_id))
        if _open_link(incident, change_id, link_type) is not None:
            raise InvalidInput.at("change_id", f"is linked as {link_type} already")
        stated = [link.type for link in incident.change_links if link.ended_at is None and link.change_id == change_id]
        if stated and ChangeLinkType.UNRELATED in (link_type, *stated):
            raise InvalidInput.at("change_id", f"is linked as {stated[0]}: take that back first")
        incident.change_links.append(
            IncidentChangeLink(
                id=work.new_id(),
                incident_id=incident.id,
                change_id=change_id,
                type=link_type,
                recorded_at=work.now,
                recorded_by=doer(actor),
            )
        )
        work.record("incident.change_linked", incident)
    return incident.id


async def unlink_change(
    ports: Ports,
    actor: Actor,
    incident_id: str,
    expected_version: int,
    *,
    change_id: str,
    link_type: ChangeLinkType,
) -> str:
    """Take back what was stated about a change and an incident (`incidentChangeUnlink`)."""
    async with act(ports, actor, Permission.WRITE_INCIDENT) as work:
        incident = await _advance(work, incident_id, expected_version, IncidentAct.LINK)
        link = _open_link(incident, change_id, link_type)
        if link is None:
            raise InvalidInput.at("change_id", f"is not linked as {link_type}")
        link.ended_at = work.now
        work.record("incident.change_unlinked", incident)
    return incident.id


async def _advance(work: UnitOfWork, incident_id: str, expected_version: int, step: IncidentAct) -> Incident:
    incident = await work.get_at(Incident, incident_id, expected_version)
    incident.state = LIFECYCLE.next(incident.state, step)
    return incident


async def _check(
    work: UnitOfWork, incident: Incident, issues: Sequence[Issue] = (), also: Sequence[Reference] = ()
) -> None:
    await check(
        work,
        [*issues, *incident_issues(incident)],
        Reference("reporter_id", Person, incident.reporter_id),
        Reference("assignee_id", Person, incident.assignee_id),
        Reference("team_id", Team, incident.team_id),
        *also,
    )
    await check_free(work, "incident", incident, "external_id")


def _put_on(work: UnitOfWork, incident: Incident, ci_ids: Sequence[str]) -> None:
    incident.cis += [
        IncidentCi(id=work.new_id(), incident_id=incident.id, ci_id=ci_id, recorded_at=work.now) for ci_id in ci_ids
    ]


def _current_cis(incident: Incident) -> dict[str, IncidentCi]:
    return {link.ci_id: link for link in incident.cis if link.ended_at is None}


def _open_link(incident: Incident, change_id: str, link_type: ChangeLinkType) -> IncidentChangeLink | None:
    links = (link for link in incident.change_links if link.ended_at is None)
    return next((link for link in links if (link.change_id, link.type) == (change_id, link_type)), None)
