"""Who may do what: every mutation tried in every role, on changes of one's own and of others; nothing is written.

`rights_of_acting.json` holds the roles that may. To accept new rights, write what the failing test prints into it.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from api.ids import decode_any_id
from api.ids import encode_id as gid
from api.schema import build_schema
from domain.kernel.actor import SYSTEM, Role
from domain.store.unit_of_work import SqlUnitOfWork
from domain.usecases.accounts import create_service_account
from tests.api.mutations.cases import NOTHING
from tests.api.mutations.office import MUTATIONS, Office
from tests.api.mutations.test_every_mutation import CASES

SCHEMA: Any = build_schema()._schema
BASELINE = Path(__file__).with_name("rights_of_acting.json")
ABOUT_CHANGES = ("change", "window")
PERSONS = {"ada": "own", "cyd": "foreign"}
"""Ada requests and carries out every change of the office; Cyd has a part in none."""


async def tokens_of(office: Office, *persons: str) -> dict[tuple[str, Role], str]:
    """Return a token for each person in each role."""
    return {
        (person, role): (await create_service_account(office.runtime.ports, SYSTEM, "x", role, person)).token
        for person in persons
        for role in Role
    }


async def nothing_is_kept(work: SqlUnitOfWork) -> int:
    """End an act where it would be committed."""
    work._session.expunge_all()
    await work._session.rollback()
    return 0


async def test_every_role_may_do_exactly_what_the_table_says(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = await tokens_of(office, *PERSONS)
    monkeypatch.setattr(SqlUnitOfWork, "commit", nothing_is_kept)
    before = await office.world.everything()
    table: dict[str, dict[str, list[str]]] = {}
    for case in CASES:
        for (person, role), token in tokens.items():
            if person == "ada" and not case.mutation.startswith(ABOUT_CHANGES):
                continue
            outcome = await office.do(case.mutation, case.right, person=token)
            is_denied = outcome["__typename"] in {"ForbiddenError", "NotFoundError"}
            assert is_denied or outcome["__typename"].endswith(("Success", "InvalidInputError")), (case, outcome)
            allowed = table.setdefault(case.mutation, {}).setdefault(PERSONS[person], [])
            allowed += [] if is_denied else [role.value]
    assert await office.world.everything() == before
    assert table == baseline()


def baseline() -> dict[str, dict[str, list[str]]]:
    """Return the roles by mutation and by whose change it is."""
    table: dict[str, dict[str, list[str]]] = json.loads(BASELINE.read_text(encoding="utf-8"))
    return table


def test_every_mutation_has_a_row() -> None:
    assert sorted(baseline()) == sorted(MUTATIONS)


async def test_what_the_viewer_can_do_is_what_the_acts_allow(office: Office) -> None:
    tokens = await tokens_of(office, "cyd")
    about = [case for case in CASES if case.right and case.subject.endswith("Id") and case.mutation != "windowExempt"]
    subjects = {(case.right or {})[case.subject]: case.mutation for case in about}
    compared = 0
    for subject, mutation in subjects.items():
        type_name = decode_any_id(subject, "id")[0]
        if type_name == "Change" or "viewerCan" not in SCHEMA.type_map[type_name].fields:
            continue
        for (_, role), token in tokens.items():
            text = f'{{ node(id: "{subject}") {{ ... on {type_name} {{ viewerCan }} }} }}'
            node = (await office.data(text, person=token))["node"]
            can = bool(node and node["viewerCan"])
            assert can == (role.value in baseline()[mutation]["foreign"]), (mutation, role, node)
            compared += 1
    assert compared > 100


@pytest.mark.requirement("R017")
async def test_whoever_may_only_report_does_so_for_themselves(office: Office) -> None:
    mine = {"title": "Mail is slow", "description": "Since noon."}
    outcome = await office.do("incidentReport", mine, person="ada")
    assert outcome["__typename"] == "IncidentReportSuccess"
    before = await office.world.everything()
    for more in ({"reporterId": gid("Person", "bob")}, {"priority": 1}, {"teamId": gid("Team", "team")}):
        refused = await office.do("incidentReport", {**mine, **more}, person="ada")
        assert (refused["__typename"], refused["permission"]) == ("ForbiddenError", "incident:write")
    assert await office.world.everything() == before


async def test_an_act_on_what_is_hidden_is_refused_like_one_on_nothing(office: Office) -> None:
    """A requester tries every act on somebody else's record, and on one that is not there."""
    token = (await tokens_of(office, "cyd"))["cyd", Role.REQUESTER]
    before = await office.world.everything()
    compared = 0
    for case in CASES:
        right: dict[str, Any] = dict(case.right or {})
        if not (right and case.subject.endswith("Id")):
            continue
        answers = []
        for given in (right, {**right, case.subject: gid(decode_any_id(right[case.subject], "id")[0], NOTHING)}):
            outcome = await office.do(case.mutation, given, person=token)
            if outcome["__typename"].endswith("Success"):
                break
            answers.append(json.dumps(outcome).replace(decode_any_id(given[case.subject], "id")[1], "?"))
        if len(answers) == 2 and "ForbiddenError" not in answers[1]:
            assert answers[0] == answers[1], case.mutation
            compared += 1
    assert compared > 10
    assert await office.world.everything() == before
