"""What holds of every mutation: its event and its answer; every refusal is typed, names its field, changes nothing."""

from dataclasses import replace
from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    get_named_type,
    is_required_input_field,
)

from api.ids import decode_any_id
from api.ids import encode_id as gid
from tests.api.mutations import (
    account_cases,
    board_cases,
    change_cases,
    configuration_cases,
    integration_cases,
    people_cases,
    ticket_cases,
)
from tests.api.mutations.cases import NOTHING, Case
from tests.api.mutations.office import BULK, MUTATIONS, Office, members

SINGLE_CASES = [
    *people_cases.CASES,
    *account_cases.CASES,
    *configuration_cases.CASES,
    *ticket_cases.CASES,
    *change_cases.CASES,
    *board_cases.CASES,
    *integration_cases.CASES,
]
CASES = [
    *SINGLE_CASES,
    *(replace(case, mutation=bulk) for case in SINGLE_CASES if (bulk := f"{case.mutation}{BULK}") in MUTATIONS),
]
"""Every mutation; one over a list is held to what its verb is held to, over a list of one."""
JUDGES_THE_RECORD = {"changeSubmit"}
"""What is submitted must be complete: the fields it names are those of the record, not of the input."""
every_mutation = pytest.mark.parametrize("case", CASES, ids=lambda case: case.mutation)


def input_type(mutation: str) -> GraphQLInputObjectType:
    """Return the input type of a mutation, in bulk that of an item."""
    found: GraphQLInputObjectType = get_named_type(MUTATIONS[mutation.removesuffix(BULK)].args["input"].type)
    return found


def leads_into(type_: Any, path: list[str]) -> bool:
    """Whether a path begins at a field of the input and follows it down; attributes go by their own names."""
    if not path:
        return True
    named = get_named_type(type_)
    if path[0].isdigit() or not isinstance(named, GraphQLInputObjectType):
        return leads_into(type_, path[1:])
    if path[0] == "attributes":
        return True
    return path[0] in named.fields and leads_into(named.fields[path[0]].type, path[1:])


def test_every_mutation_has_a_case() -> None:
    assert sorted(case.mutation for case in CASES) == sorted(MUTATIONS)


def test_every_mutation_takes_one_input_and_tells_its_permission() -> None:
    for mutation, field in MUTATIONS.items():
        assert list(field.args) in (["input"], [] if mutation == "cabAgendaPlan" else None)
        assert "Needs permission `" in field.description, mutation


@pytest.mark.parametrize("case", [case for case in CASES if case.right], ids=lambda case: case.mutation)
def test_a_result_names_exactly_the_refusals_of_its_kind(case: Case) -> None:
    """What takes a version can be stale, what changes a record that is there may not find it."""
    names, given = members(case.mutation), input_type(case.mutation).fields
    assert ("idempotencyKey" in given) == ("IdempotencyConflictError" in names)
    act = case.mutation.removesuffix(BULK)
    assert {f"{act[0].upper()}{act[1:]}Success", "InvalidInputError", "ForbiddenError"} <= set(names)
    assert "expectedVersion" not in given or "StaleVersionError" in names
    needs_version = "expectedVersion" in given and is_required_input_field(given["expectedVersion"])
    assert not needs_version or "NotFoundError" in names


@every_mutation
async def test_does_the_act_and_answers_with_the_record(office: Office, case: Case) -> None:
    outcome = await office.do(case.mutation, case.right)
    assert outcome["__typename"].endswith("Success"), outcome
    last = (await office.world.events())[-1]
    assert (last.kind, last.actor_id) == (case.event, "account-bob")
    record = next(value for key, value in outcome.items() if key != "__typename")
    if isinstance(record, dict) and "version" in record:
        assert record["version"] >= 1
        assert record["version"] == last.subject_version or case.mutation == "cabSeriesSchedule"


async def test_wrong_input_names_every_field_at_fault_and_changes_nothing(office: Office) -> None:
    before = await office.world.everything()
    for case in CASES:
        for fields, given in case.wrong.items():
            outcome = await office.do(case.mutation, {**(case.right or {}), **given})
            assert outcome["__typename"] == "InvalidInputError", (case.mutation, fields, outcome)
            paths = [issue["path"] for issue in outcome["issues"]]
            assert set(fields.split()) <= {".".join(path) for path in paths}, (case.mutation, fields, outcome)
            if case.mutation not in JUDGES_THE_RECORD:
                assert all(leads_into(input_type(case.mutation), path) for path in paths), (case.mutation, paths)
    assert await office.world.everything() == before


async def test_is_denied_without_the_permission_and_changes_nothing(office: Office) -> None:
    before = await office.world.everything()
    for case in CASES:
        outcome = await office.do(case.mutation, case.right, person="cyd")
        assert outcome["__typename"] == "ForbiddenError", (case.mutation, outcome)
        assert f"`{outcome['permission']}`" in MUTATIONS[case.mutation].description or case.mutation == "personCreate"
    assert await office.world.everything() == before


async def test_what_somebody_changed_meanwhile_is_refused_and_stays(office: Office) -> None:
    before = await office.world.everything()
    for case in CASES:
        if "expectedVersion" in (case.right or {}):
            outcome = await office.do(case.mutation, {**(case.right or {}), "expectedVersion": 7})
            assert (outcome["__typename"], outcome["currentVersion"]) == ("StaleVersionError", 1), (case, outcome)
    assert await office.world.everything() == before


async def test_a_record_that_is_not_there_is_not_found_at_its_field(office: Office) -> None:
    before = await office.world.everything()
    for case in CASES:
        if "NotFoundError" not in members(case.mutation):
            continue
        type_name, _ = decode_any_id((case.right or {})[case.subject], "id")
        other = gid(type_name, NOTHING)
        outcome = await office.do(case.mutation, {**(case.right or {}), case.subject: other})
        assert (outcome["__typename"], outcome["path"]) == ("NotFoundError", [case.subject]), (case, outcome)
    assert await office.world.everything() == before


@pytest.mark.parametrize("wrong", ["", "x", "UGVyc29u", gid("Nothing", "1"), "ÿ"])
async def test_what_is_no_id_of_the_type_is_named(office: Office, wrong: str) -> None:
    before = await office.world.everything()
    for case in CASES:
        if "NotFoundError" in members(case.mutation):
            outcome = await office.do(case.mutation, {**(case.right or {}), case.subject: wrong})
            assert (outcome["__typename"], outcome["path"]) == ("InvalidInputError", [case.subject]), (case, outcome)
    assert await office.world.everything() == before
