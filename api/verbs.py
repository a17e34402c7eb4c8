"""How a mutation is declared: a use case, one input, one result union, the permission in the description.

An input speaks the schema's names, a use case the domain's; every field says what it means there (`given`). So what an
input says becomes the arguments of the use case, and a fault the use case finds in one of them leads back to its field.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from hashlib import sha256
from typing import Annotated, Any, Union

import strawberry
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from api.answering import reread
from api.context import Context
from api.errors import ERROR_OF
from api.fields import sourced
from api.ids import decode_id
from api.relations import One
from domain.change.lifecycle import Right
from domain.kernel import errors as refused
from domain.kernel.actor import Actor, Permission
from domain.kernel.image import as_json
from domain.kernel.page import MOST
from domain.ports import Ports
from domain.usecases.once import DoneBeforeError, once

MEANING = "meaning"
VERB = "verb"
SEEN = "Version you saw; when somebody changed the record since, the act is refused."
Needs = Permission | Right | None
Doing = Callable[..., Awaitable[Any]]
"""What a mutation does: `(ports, actor, **said) -> id` of the record it is about."""

PAUSES = (0.02, 0.1, 0.5)
"""Seconds between the tries of an act that collides with others."""

ACTS = (refused.Forbidden, refused.InvalidInput)
CREATES = (*ACTS, refused.IdempotencyConflict)
EDITS = (*ACTS, refused.NotFound, refused.StaleVersion)
STEPS = (*EDITS, refused.InvalidTransition)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an input field is to the domain.

    `fact` is its name there, `blamed_as` another under which it is found at fault, `of` the type whose ids it takes.
    `into` makes the domain's value of a scalar, or of what a nested input says, given as keywords; `gathered` that of a
    list of them. A nested input that `is_spread` says its parent's own facts. `implies` are facts it states by itself.
    """

    fact: str | None = None
    blamed_as: str | None = None
    of: str | None = None
    into: Callable[..., Any] | None = None
    gathered: Callable[[list[Any]], Any] = list
    is_spread: bool = False
    implies: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a mutation answers with: the changed record under a field of that name and type."""

    name: str
    type: Any
    description: str


@dataclass(frozen=True, slots=True)
class Verb:
    """A declared mutation over one record: what it does, takes, answers and needs. Its field carries it (`VERB`)."""

    doing: Doing
    input_type: type[Any]
    answers: Outcome
    success: type[Any]
    result: Any
    needs: Needs

    @property
    def name(self) -> str:
        """The act's name as types are called by it: `IncidentResolve`."""
        return self.input_type.__name__.removesuffix("Input")


def given(
    description: str,
    *,
    fact: str | None = None,
    blamed_as: str | None = None,
    of: str | None = None,
    into: Callable[..., Any] | None = None,
    gathered: Callable[[list[Any]], Any] = list,
    is_spread: bool = False,
    implies: Mapping[str, Any] | None = None,
    default: Any = MISSING,
) -> Any:
    """Return an input field with its meaning (`Meaning`); without a default it is required unless it is a `Maybe`."""
    meaning = Meaning(fact, blamed_as, of, into, gathered, is_spread, implies or {})
    if isinstance(default, list):
        return strawberry.field(
            description=description, metadata={MEANING: meaning}, default_factory=lambda: list(default)
        )
    return strawberry.field(description=description, metadata={MEANING: meaning}, default=default)


def verb(
    doing: Doing,
    input_type: type[Any],
    description: str,
    *,
    answers: Outcome,
    refusals: tuple[type[refused.Refusal], ...],
    needs: Needs = None,
) -> Any:
    """Return the mutation that takes the input, does the act and answers with the record read again."""
    success = _success_type(input_type.__name__.removesuffix("Input"), answers)
    declared = Verb(doing, input_type, answers, success, result_of(success, refusals), needs)

    async def resolve(info: strawberry.Info[Context, None], **arguments: Any) -> Any:
        done = await perform(doing, info.context, arguments["input"])
        return await reread(info, success, **{answers.name: done})

    return mutation(
        resolve, input_type, success, description, result=declared.result, needs=needs, metadata={VERB: declared}
    )


def mutation(
    resolver: Callable[..., Awaitable[Any]],
    input_type: type[Any],
    success: type[Any],
    description: str,
    *,
    result: Any,
    needs: Needs = None,
    metadata: Mapping[str, Any] | None = None,
) -> Any:
    """Return a mutation with its one input and its `result_of` an act."""
    argument = strawberry.argument(description="What to do, and to what.")

    async def resolve(root: Any, info: Any, input: Any) -> Any:  # noqa: A002, ARG001 - the schema's words
        return await resolver(info, input=input)

    resolve.__annotations__ = {
        "info": strawberry.Info[Context, None],
        "input": Annotated[input_type, argument],
        "return": success,
    }
    return strawberry.mutation(
        resolver=resolve,
        description=" ".join([description, *needed(needs)]),
        graphql_type=result,
        metadata=metadata,
    )


def result_of(success: type[Any], refusals: tuple[type[refused.Refusal], ...]) -> Any:
    """Return the union of a success and exactly these refusals: `ActResult` for `ActSuccess`."""
    name = success.__name__.removesuffix("Success")
    members: Any = Union[(success, *(error for refusal, error in ERROR_OF.items() if refusal in refusals))]
    union = strawberry.union(f"{name}Result", description=f"Outcome of {name}, or why it was refused.")
    return Annotated[members, union]


@strawberry.input
class Repeatable:
    """A create that a program may ask for again when it did not hear the answer."""

    idempotency_key: str | None = given(
        "Name of this asking, at most 200 characters: who asks again with the same key and the same input within 24 "
        "hours gets the record that was made then. Null: every asking makes a record.",
        default=None,
    )


async def perform(doing: Doing, context: Context, given_input: Any, key_in_list: str | None = None) -> Any:
    """Do the act with what the input says; the faults it finds name the fields of the input.

    With an idempotency key, the input's own or else the one of its place in a list, what an earlier asking made is
    returned by its id.
    """
    arguments = said(given_input)
    own_key = arguments.pop("idempotency_key", None)
    key = key_in_list if own_key is None else own_key
    try:
        if key is None:
            return await _repeated(lambda: doing(context.ports, context.actor, **arguments))
        ports = once(context.ports, key, fingerprint_of(type(given_input).__name__, arguments))
        return await _repeated(lambda: doing(ports, context.actor, **arguments))
    except DoneBeforeError as done:
        return done.answer_id
    except refused.Refusal as refusal:
        raise located(refusal, given_input) from refusal


def fingerprint_of(act: str, arguments: Mapping[str, Any]) -> str:
    """Return a hash of what is asked for: the same input has the same."""
    text = json.dumps([act, as_json(dict(arguments))], sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()


async def _repeated(attempt: Callable[[], Awaitable[Any]]) -> Any:
    """Do the act, again where it collided with another: it was undone whole, and the other is over by then."""
    for pause in PAUSES:
        try:
            return await attempt()
        except refused.Collision:
            await asyncio.sleep(pause)
    return await attempt()


def needed(needs: Needs) -> Iterator[str]:
    """Yield the sentence that says which permission an act needs, if any."""
    permissions = needs.permissions if isinstance(needs, Right) else [needs] if needs else []
    if permissions:
        names = " or ".join(f"`{permission.value}`" for permission in permissions)
        part = ", or a part in this change" if isinstance(needs, Right) and needs.is_also_of_its_people else ""
        yield f"Needs permission {names}{part}."


def with_facts(use_case: Doing, facts: type[Any]) -> Doing:
    """Return the use case taking what is said as its own arguments and a dataclass of facts."""
    names = {declared.name for declared in fields(facts)}

    async def doing(ports: Ports, actor: Actor, **told: Any) -> Any:
        stated = {name: told.pop(name) for name in names & told.keys()}
        return await use_case(ports, actor, facts=facts(**stated), **told)

    return doing


def with_command(use_case: Doing, command: type[Any], facts: type[Any] | None = None) -> Doing:
    """Return the use case taking what is said as one command, with a dataclass of facts inside where it has one."""
    names = {declared.name for declared in fields(facts)} if facts else set()

    async def doing(ports: Ports, actor: Actor, **told: Any) -> Any:
        stated = {name: told.pop(name) for name in names & told.keys()}
        if facts is not None:
            told["facts"] = facts(**stated)
        return await use_case(ports, actor, command(**told))

    return doing


def said(given_input: Any) -> dict[str, Any]:
    """Return what an input says, by the domain's names: ids decoded, what is absent left out, null as None.

    `InvalidInput` names every field that holds no id of its type.
    """
    faults: list[refused.Issue] = []
    told = _told(given_input, "", faults)
    if faults:
        raise refused.InvalidInput(faults)
    return told


def located(refusal: refused.Refusal, given_input: Any) -> refused.Refusal:
    """Return the refusal with the domain's paths turned into ways to fields of the input."""
    match refusal:
        case refused.InvalidInput(issues=issues):
            return refused.InvalidInput([refused.Issue(way(given_input, i.path), i.message) for i in issues])
        case refused.Duplicate(noun=noun, path=path, value=value):
            return refused.Duplicate(noun, way(given_input, path), value)
        case refused.NotFound(noun=noun, reference=reference, path=None):
            return refused.NotFound(noun, reference, _field_saying(given_input, reference))
    return refusal


def way(given_input: Any, path: str) -> str:
    """Return the way to the field of the input that the domain calls by `path`; steps it does not know stay."""
    at: Any = given_input
    found: list[str] = []
    for step in path.split("."):
        known = _steps_to(at, _snake(step)) if _is_input(at) else None
        if known is not None:
            names, at = known
            found += names
        else:
            found.append(step)
            at = at[int(step)] if isinstance(at, list) and step.isdigit() and int(step) < len(at) else None
    return ".".join(found)


def _steps_to(at: Any, fact: str) -> tuple[list[str], Any] | None:
    """Return the names of the fields that lead to a fact, through what is spread, and the value there."""
    for declared, meaning in _fields(at):
        if fact in (meaning.fact, meaning.blamed_as, declared.python_name) and not (
            meaning.is_spread and meaning.fact is None
        ):
            value = _plain(getattr(at, declared.python_name))
            if value is not None or not _is_one_of(at):
                return [declared.python_name], value
    for declared, meaning in _fields(at):
        inner = _plain(getattr(at, declared.python_name))
        deeper = _steps_to(inner, fact) if meaning.is_spread and _is_input(inner) else None
        if deeper is not None:
            return [declared.python_name, *deeper[0]], deeper[1]
    return None


def _told(given_input: Any, above: str, faults: list[refused.Issue]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for declared, meaning in _fields(given_input):
        value = getattr(given_input, declared.python_name)
        if value is None or value is strawberry.UNSET:
            continue
        converted = _domain_value(_plain(value), meaning, f"{above}{declared.python_name}", faults)
        told |= meaning.implies
        told |= converted if meaning.is_spread else {meaning.fact or declared.python_name: converted}
    return told


def _domain_value(value: Any, meaning: Meaning, at: str, faults: list[refused.Issue]) -> Any:
    if isinstance(value, list):
        if len(value) > MOST:
            faults.append(refused.Issue(at, f"takes at most {MOST} items"))
        items = [_domain_value(item, meaning, f"{at}.{index}", faults) for index, item in enumerate(value)]
        return items if faults else meaning.gathered(items)
    if _is_input(value):
        told = _told(value, f"{at}.", faults)
        return told if meaning.into is None or faults else meaning.into(**told)
    if value is None or meaning.of is None:
        return value if value is None or meaning.into is None else meaning.into(value)
    try:
        return decode_id(str(value), meaning.of, at)
    except refused.InvalidInput as malformed:
        faults += malformed.issues
        return None


def _field_saying(given_input: Any, reference: str) -> str | None:
    """Return the field that holds the id that was not found."""
    for declared, meaning in _fields(given_input):
        value = _plain(getattr(given_input, declared.python_name))
        if meaning.of is not None and isinstance(value, str) and decode_id(value, meaning.of, "") == reference:
            return declared.python_name
    return None


def _fields(given_input: Any) -> Iterator[tuple[StrawberryField, Meaning]]:
    for declared in given_input.__strawberry_definition__.fields:
        yield declared, declared.metadata.get(MEANING, Meaning())


def _is_input(value: Any) -> bool:
    # Enums carry a definition too, of another kind.
    return isinstance(getattr(value, "__strawberry_definition__", None), StrawberryObjectDefinition)


def _is_one_of(given_input: Any) -> bool:
    return bool(given_input.__strawberry_definition__.is_one_of)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, strawberry.Some) else value


def _snake(step: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in step)


def _success_type(name: str, answers: Outcome) -> type[Any]:
    body = {
        "__annotations__": {answers.name: answers.type | None},
        "__module__": __name__,
        "__doc__": f"What came of {name}.",
        answers.name: sourced(f"{answers.description}; null when you may not see it.", One(answers.name)),
    }
    return strawberry.type(type(f"{name}Success", (), body), description=f"{name} was done.")
