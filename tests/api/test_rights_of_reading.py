"""Who sees what: every root field of the schema asked in every role, about own, foreign and hidden records.

`rights_of_reading.json` holds what each role sees. To accept new rights, write what the failing test prints into it.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from graphql import get_named_type

from api.ids import decode_any_id, encode_id
from api.schema import build_schema
from domain.kernel.actor import Actor, Role
from domain.people.model import Person
from tests.api.desk import Desk
from tests.api.estate import hold_estate, number_events
from tests.api.test_every_field import ADMINISTRATOR, BY_ID, CONNECTIONS, ONE
from tests.api.test_query_counts import counted
from tests.builders import a_change, a_person, an_incident

BASELINE = Path(__file__).with_name("rights_of_reading.json")
SCHEMA = build_schema()._schema
ROOT: Any = SCHEMA.query_type
ANSWERED_OTHERWISE = {"viewer", "latestEvent", "node", "nodes", "impact", "cabPlanProposal", "changePreview"}
"""Root fields that are no record and no list of them: asked below, each in its own way."""
TOLD_BY_NUMBER = {"events", "auditTrail"}
WITH_NEW_IDS = {"conflicts", "riskAssessments"}
SECRET = "INC0000666"


def in_role(role: Role) -> Actor:
    """The customer of the estate in a role, as one of the people of Acme."""
    return Actor("account-1", "Somebody", frozenset({role}), "customer", "Acme")


async def hold_all(desk: Desk) -> None:
    """The estate, with what is the customer's own, of their organisation, of others, and hidden."""
    await hold_estate(desk)
    async with desk.ports.work(ADMINISTRATOR) as work:
        customer = await work.get(Person, "customer")
        customer.organisation = "Acme"
        work.record("person.updated", customer)
        await work.commit()
    await desk.holds(
        a_person(id="colleague", name="Cleo", organisation="Acme"),
        a_person(id="elsewhere", name="Emil", organisation="Other"),
    )
    await desk.holds(
        an_incident(id="inc-colleague", number="INC0000100", reporter_id="colleague"),
        an_incident(id="inc-elsewhere", number="INC0000101", reporter_id="elsewhere"),
        an_incident("mail", id="inc-secret", number=SECRET, reporter_id="staff", is_restricted=True, priority=1),
        a_change(id="chg-colleague", number="CHG0000100", requester_id="colleague"),
        a_change(id="chg-elsewhere", number="CHG0000101", requester_id="elsewhere"),
    )
    await number_events(desk.database)


def has_id(name: str) -> bool:
    """Whether the items of a connection have ids."""
    nodes: Any = get_named_type(ROOT.fields[name].type)
    return "id" in getattr(get_named_type(nodes.fields["nodes"].type), "fields", {})


async def seen(desk: Desk, name: str, actor: Actor) -> list[str] | int | None:
    """Return the ids of what a connection holds for the actor, or their number; None when it is masked."""
    text = f"{{ {name}(first: 100) {{ totalCount nodes {{ {'id' if has_id(name) else '__typename'} }} }} }}"
    page = (await desk.data(text, actor))[name]
    if page is None:
        return None
    if name in TOLD_BY_NUMBER:
        number: int = page["totalCount"]
        return number
    assert page["totalCount"] == len(page["nodes"])
    return sorted(decode_any_id(node["id"], "id")[1] for node in page["nodes"])


async def test_every_role_sees_exactly_what_the_table_says(desk: Desk) -> None:
    await hold_all(desk)
    table: dict[str, dict[str, list[str]]] = {}
    for name in CONNECTIONS:
        for role in Role:
            shown = await seen(desk, name, in_role(role))
            found = json.dumps(len(shown) if name in WITH_NEW_IDS and isinstance(shown, list) else shown)
            table.setdefault(name, {}).setdefault(found, []).append(role.value)
    assert table == json.loads(BASELINE.read_text(encoding="utf-8"))


def test_every_root_field_is_asked_here() -> None:
    assert {*CONNECTIONS, *ONE, *BY_ID, *ANSWERED_OTHERWISE} == set(ROOT.fields)


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.SUPPORT, Role.AUDITOR])
async def test_what_a_list_does_not_show_no_id_finds(desk: Desk, role: Role) -> None:
    """By its node and by its reference a record is found exactly where the list shows it."""
    await hold_all(desk)
    actor, checked = in_role(role), 0
    single = {get_named_type(ROOT.fields[name].type).name: name for name in (*ONE, *BY_ID)}
    for name in CONNECTIONS:
        if name in TOLD_BY_NUMBER or not has_id(name):
            continue
        connection: Any = get_named_type(ROOT.fields[name].type)
        type_name = get_named_type(connection.fields["nodes"].type).name
        everything, shown = await seen(desk, name, ADMINISTRATOR), await seen(desk, name, actor)
        assert isinstance(everything, list)
        for record_id in everything:
            given = encode_id(type_name, record_id)
            text = f'{{ node(id: "{given}") {{ id }} {single[type_name]}(by: {{ id: "{given}" }}) {{ id }} }}'
            found = await desk.data(text, actor)
            is_shown = record_id in (shown or []) if isinstance(shown, list) else False
            assert [value is not None for value in found.values()] == [is_shown, is_shown], (type_name, record_id)
            checked += 1
    assert checked > 30


HIDDEN = [
    ("Incident", "incident", "inc-secret", Role.SUPPORT),
    ("Incident", "incident", "inc-elsewhere", Role.REQUESTER),
    ("Change", "change", "chg-elsewhere", Role.REQUESTER),
    ("Person", "person", "elsewhere", Role.REQUESTER),
]


@pytest.mark.parametrize(("type_name", "field", "record_id", "role"), HIDDEN)
async def test_hidden_and_absent_take_the_same_path(
    desk: Desk, type_name: str, field: str, record_id: str, role: Role
) -> None:
    await hold_all(desk)
    paths = []
    for asked in (record_id, "x" * len(record_id)):
        given = encode_id(type_name, asked)
        with counted(desk.database) as statements:
            answer = await desk.ask(
                f'{{ node(id: "{given}") {{ id }} {field}(by: {{ id: "{given}" }}) {{ id }} }}', in_role(role)
            )
        paths.append((answer.data, answer.errors, answer.extensions, statements))
    assert paths[0] == paths[1]


async def test_a_preview_of_a_hidden_change_is_that_of_none(desk: Desk) -> None:
    await hold_all(desk)
    text = """query ($id: ID!) { changePreview(input: { changeId: $id }) {
      __typename ... on UserError { message path } } }"""
    answers = []
    for asked in ("chg-elsewhere", "nothing-here-"):
        data = await desk.data(text, in_role(Role.REQUESTER), id=encode_id("Change", asked))
        answers.append(json.dumps(data).replace(asked, "?"))
    assert answers[0] == answers[1]
    assert "NotFoundError" in answers[0]


@pytest.mark.parametrize("role", [Role.REQUESTER, Role.SUPPORT, Role.AUDITOR])
async def test_nothing_that_is_asked_for_names_a_hidden_incident(desk: Desk, role: Role) -> None:
    """Neither lists nor findings hold its number or title; engines that know of it tell of it without its name."""
    await hold_all(desk)
    await name_in_findings(desk)
    for name in CONNECTIONS:
        connection: Any = get_named_type(ROOT.fields[name].type)
        node = get_named_type(connection.fields["nodes"].type)
        text = " ".join(leaves(node))
        answer = await desk.ask(f"{{ {name}(first: 100) {{ totalCount nodes {{ {text} }} }} }}", in_role(role))
        assert SECRET not in json.dumps(answer.data), name


def leaves(type_: Any) -> list[str]:
    """Return every field of a type whose value is text, with the text one level below."""
    found = ["__typename"]
    for name, field in type_.fields.items():
        named: Any = get_named_type(field.type)
        if any(argument.default_value is ... for argument in field.args.values()) or "first" in field.args:
            continue
        below = getattr(named, "fields", None)
        if below is None:
            found.append(name)
            continue
        texts = [inner for inner, declared in below.items() if not hasattr(get_named_type(declared.type), "fields")]
        texts = [inner for inner in texts if get_named_type(below[inner].type).name in ("String", "ID", "Int")]
        if texts and "impact" not in name.lower() and name not in ("freeSlots", "candidateCauses"):
            found.append(f"{name} {{ {' '.join(texts)} }}")
    return found


async def name_in_findings(desk: Desk) -> None:
    """Let the stored findings speak of the hidden incident, as the engines do: by its id alone."""
    async with desk.database.writer.begin() as connection:
        await connection.execute(sa.text("UPDATE conflict SET code = 'ACTIVE_INCIDENT', subject = 'inc-secret'"))


async def test_the_engines_never_write_the_number_of_a_restricted_incident(desk: Desk) -> None:
    await hold_all(desk)
    async with desk.ports.snapshot() as snapshot:
        outages = await snapshot.outages()
    assert [(outage.incident_id, outage.number) for outage in outages] == [("inc-secret", "of restricted access")]


async def test_a_conflict_counts_what_it_may_not_tell(desk: Desk) -> None:
    await hold_all(desk)
    text = "{ conflicts { nodes { message hiddenCount } } }"
    (full,) = (await desk.data(text, in_role(Role.AUDITOR)))["conflicts"]["nodes"]
    (own,) = (await desk.data(text, in_role(Role.REQUESTER)))["conflicts"]["nodes"]
    assert full["hiddenCount"] == 0
    assert own == {"message": "It is about 1 record that you may not view.", "hiddenCount": 1}
    await name_in_findings(desk)
    (staff,) = (await desk.data(text, in_role(Role.AUDITOR)))["conflicts"]["nodes"]
    assert staff == {"message": "It is about 1 record that you may not view.", "hiddenCount": 1}
    (mine,) = (await desk.data(text, in_role(Role.ADMINISTRATOR)))["conflicts"]["nodes"]
    assert mine == full


async def test_a_score_is_the_same_for_all_and_its_evidence_as_far_as_one_may_see(desk: Desk) -> None:
    await hold_all(desk)
    text = """{ change(by: { number: "CHG0000001" }) { risk { score likelihood impact level guardrails { reason }
      factors { code points hiddenCount evidence { kind reference label } } comparables { change { number } } } } }"""
    staff = (await desk.data(text, in_role(Role.ADMINISTRATOR)))["change"]["risk"]
    own = (await desk.data(text, in_role(Role.REQUESTER)))["change"]["risk"]
    for name in ("score", "likelihood", "impact", "level"):
        assert own[name] == staff[name]
    assert [line["points"] for line in own["factors"]] == [line["points"] for line in staff["factors"]]
    for shown, full in zip(own["factors"], staff["factors"], strict=True):
        assert full["hiddenCount"] == 0
        assert len(shown["evidence"]) + shown["hiddenCount"] == len(full["evidence"])
    assert [line["hiddenCount"] for line in own["factors"]] == [2]
    assert {item["kind"] for line in own["factors"] for item in line["evidence"]} == {"CI", "INCIDENT"}
    assert (len(staff["comparables"]), own["comparables"]) == (1, [])
    assert "CHG0000002" in json.dumps(staff)
    assert "CHG0000002" not in json.dumps(own)
