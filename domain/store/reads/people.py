"""What can be asked of people, teams, calendars and capacity limits."""

from domain.store.reads.noun import Beside, Link, Noun, noun
from domain.store.tables.people import (
    account_use,
    calendar,
    capacity_limit,
    leave,
    person,
    service_account,
    team,
    team_member,
)

_now = (team_member.c.valid_to.is_(None),)

NOUNS = (
    noun(person, filters=("name",), orders=("name",), links={"delegate": Link(person.c.delegate_id)}),
    noun(leave, orders=("start",), links={"person": Link(leave.c.person_id)}),
    noun(team, orders=("name",), links={"lead": Link(team.c.lead_id)}),
    noun(
        team_member,
        links={
            "team": Link(team_member.c.team_id, conditions=_now),
            "person": Link(team_member.c.person_id, conditions=_now),
        },
    ),
    noun(calendar, orders=("name",)),
    Noun(
        name="service_account",
        table=service_account,
        columns={**{column.name: column for column in service_account.c}, "used_at": account_use.c.used_at},
        filters={"id": service_account.c.id},
        orders={"name": service_account.c.name},
        beside=Beside(account_use, account_use.c.account_id == service_account.c.id),
    ),
    noun(capacity_limit, filters=("subject_kind",), links={"subject": Link(capacity_limit.c.subject_id)}),
)
