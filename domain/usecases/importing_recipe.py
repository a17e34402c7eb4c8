"""How drafts of one kind become records: known again, references resolved, rules asked, saved with an event."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from domain.kernel.errors import Issue
from domain.kernel.image import image
from domain.ports import UnitOfWork
from domain.usecases.importing_drafts import Draft, Outcome, Rejected, Saved
from domain.usecases.importing_words import NOUNS, Words

Values: TypeAlias = Mapping[str, Any]

MOST_DIGITS = 12
"""Digits of a number that a series may have to go on from; longer ones it never reaches."""


@dataclass(frozen=True, slots=True)
class Link:
    """A list of references: what they are to, and how a record takes the ids in place of those it had."""

    noun: type[Any]
    restate: Callable[[UnitOfWork, Any, Sequence[str]], None]


async def _nothing_to_prepare(_work: UnitOfWork, _drafts: Sequence[Draft], _words: Words) -> None:
    """Most kinds need nothing beforehand."""


async def _no_more_issues(_work: UnitOfWork, _record: Any, _values: Values) -> list[Issue]:
    """Most rules ask nothing of the record beside."""
    return []


async def _no_companion(_work: UnitOfWork, _record: Any, _values: Values, _companions: dict[str, Any]) -> bool:
    """Most records stand alone."""
    return False


def _no_amendment(_work: UnitOfWork, _record: Any, _values: Values) -> None:
    """Most values are fields or lists of references."""


def _as_said(values: dict[str, Any]) -> dict[str, Any]:
    """Most values are meant as they are said."""
    return values


def _no_issues(_record: Any) -> list[Issue]:
    """Some rules can only be asked with the record at large beside."""
    return []


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is special about one kind.

    `event` is the noun of its events. `keys` are the columns a record is known by, the first one said deciding, and
    `unique` columns that no two records may share. `series` is the prefix of its numbers. `references` name single
    records, `links` lists of them, `aside` are values that no field takes. `derive` turns resolved values into fields.
    `blank` makes a record of which nothing but its id is said, `issues` are its rules; `check` asks those that need the
    record at large. `amend` does to the record what lists and fields cannot, `complete` writes what stands beside it
    into the companions of the chunk, saying whether it did. What `is_confirmed` was seen again, though nothing differs.
    """

    noun: type[Any]
    event: str
    keys: tuple[str, ...]
    blank: Callable[[UnitOfWork, str, Values], Any]
    issues: Callable[[Any], list[Issue]] = _no_issues
    required: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    series: str | None = None
    references: Mapping[str, type[Any]] = field(default_factory=dict)
    links: Mapping[str, Link] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()
    prepare: Callable[[UnitOfWork, Sequence[Draft], Words], Awaitable[None]] = _nothing_to_prepare
    derive: Callable[[dict[str, Any]], dict[str, Any]] = _as_said
    amend: Callable[[UnitOfWork, Any, Values], None] = _no_amendment
    check: Callable[[UnitOfWork, Any, Values], Awaitable[list[Issue]]] = _no_more_issues
    complete: Callable[[UnitOfWork, Any, Values, dict[str, Any]], Awaitable[bool]] = _no_companion
    is_confirmed: bool = False

    def fields(self, values: Values) -> dict[str, Any]:
        """Return the values that are set on the record as they are: no keys to lists, nothing kept aside."""
        return {name: value for name, value in values.items() if name not in self.links and name not in self.aside}


class Known:
    """The records of a chunk by what they are known by: those stored before, and those taken in since."""

    def __init__(self, recipe: Recipe) -> None:
        self._columns = {*recipe.keys, *recipe.unique}
        self._records: dict[tuple[str, Any], Any] = {}
        self.companions: dict[str, Any] = {}

    async def load(self, work: UnitOfWork, recipe: Recipe, drafts: Sequence[Draft]) -> None:
        """Read the records that any of the drafts may mean or collide with."""
        for column in sorted(self._columns):
            said = {draft.values[column] for draft in drafts if draft.values.get(column) is not None}
            for record in await work.find_all(recipe.noun, **{column: sorted(said)}) if said else []:
                self.take(record)

    def take(self, record: Any) -> None:
        """Know a record from now on."""
        for column in self._columns:
            if getattr(record, column) is not None:
                self._records[column, getattr(record, column)] = record

    def meant(self, recipe: Recipe, values: Values) -> Any | None:
        """Return the record the values speak of: by the first key that is said."""
        for column in recipe.keys:
            if values.get(column) is not None:
                return self._records.get((column, values[column]))
        return None

    def taken(self, recipe: Recipe, record: Any) -> list[Issue]:
        """Return a fault for every unique value that another record has."""
        return [
            Issue(column, f"'{getattr(record, column)}' is taken by another {NOUNS[recipe.noun]}")
            for column in recipe.unique
            if (holder := self._records.get((column, getattr(record, column)))) is not None and holder is not record
        ]


async def load_drafts(work: UnitOfWork, recipe: Recipe, drafts: Sequence[Draft], words: Words) -> list[Outcome]:
    """Write drafts of one kind into the act and return what became of each, in their order."""
    await words.learn(work, _wanted(recipe, drafts))
    known = Known(recipe)
    await known.load(work, recipe, drafts)
    await recipe.prepare(work, drafts, words)
    await _keep_numbers_clear(work, recipe, drafts)
    return [await _load(work, recipe, draft, known, words) for draft in drafts]


async def _load(work: UnitOfWork, recipe: Recipe, draft: Draft, known: Known, words: Words) -> Outcome:
    if draft.faults and not draft.values:
        return Rejected(draft.faults)
    values, issues = _resolved(recipe, draft, words)
    if not any(values.get(column) is not None for column in recipe.keys):
        issues.append(Issue(recipe.keys[0], "is required: without it a second import would double the record"))
    record = known.meant(recipe, values)
    if record is None:
        issues += [Issue(name, "is required") for name in recipe.required if values.get(name) is None]
    if issues:
        return Rejected(tuple(issues))
    if record is None:
        return await _create(work, recipe, values, known, words)
    if draft.is_stub:
        return Saved.KNOWN
    return await _update(work, recipe, record, values, known)


async def _create(work: UnitOfWork, recipe: Recipe, values: Values, known: Known, words: Words) -> Outcome:
    record = recipe.blank(work, work.new_id(), values)
    issues = await _state(work, recipe, record, values, known)
    if issues:
        return Rejected(tuple(issues))
    if recipe.series is not None and not record.number:
        record.number = await work.next_number(recipe.series)
    work.add(record)
    work.record(f"{recipe.event}.imported", record)
    await recipe.complete(work, record, values, known.companions)
    known.take(record)
    words.teach(recipe.noun, record.id, *(getattr(record, column) for column in recipe.keys))
    return Saved.CREATED


async def _update(work: UnitOfWork, recipe: Recipe, record: Any, values: Values, known: Known) -> Outcome:
    former = image(record)
    before = {name: getattr(record, name) for name in recipe.fields(values)}
    issues = await _state(work, recipe, record, values, known)
    if issues:
        for name, value in before.items():
            setattr(record, name, value)
        return Rejected(tuple(issues))
    is_changed = image(record) != former
    if recipe.is_confirmed and "confirmed_at" not in values:
        record.confirmed_at = work.now
    if is_changed or recipe.is_confirmed:
        work.record(f"{recipe.event}.{'imported' if is_changed else 'confirmed'}", record)
    is_completed = await recipe.complete(work, record, values, known.companions)
    known.take(record)
    return Saved.UPDATED if is_changed or is_completed else Saved.UNCHANGED


async def _state(work: UnitOfWork, recipe: Recipe, record: Any, values: Values, known: Known) -> list[Issue]:
    """Set what is said; return what is wrong with the record then. Lists are restated only where nothing is."""
    for name, value in recipe.fields(values).items():
        setattr(record, name, value)
    issues = [*recipe.issues(record), *known.taken(recipe, record), *await recipe.check(work, record, values)]
    if not issues:
        for name, link in recipe.links.items():
            if name in values:
                link.restate(work, record, values[name])
        recipe.amend(work, record, values)
    return issues


def _wanted(recipe: Recipe, drafts: Sequence[Draft]) -> Iterator[tuple[type[Any], str]]:
    for draft in drafts:
        for name, noun in recipe.references.items():
            if draft.values.get(name) is not None:
                yield noun, draft.values[name]
        for name, link in recipe.links.items():
            for word in draft.values.get(name, ()):
                yield link.noun, word


def _resolved(recipe: Recipe, draft: Draft, words: Words) -> tuple[dict[str, Any], list[Issue]]:
    """Return the values with ids in place of words, and every fault of the draft so far."""
    values, issues = dict(draft.values), list(draft.faults)
    for name, noun in recipe.references.items():
        if values.get(name) is not None:
            values[name], faults = words.meaning(noun, values[name], name)
            issues += faults
    for name, link in recipe.links.items():
        if name in values:
            meant = [words.meaning(link.noun, word, f"{name}.{at}") for at, word in enumerate(values[name])]
            values[name] = list(dict.fromkeys(record_id for record_id, _ in meant if record_id is not None))
            issues += [fault for _, faults in meant for fault in faults]
    return recipe.derive(values), issues


async def _keep_numbers_clear(work: UnitOfWork, recipe: Recipe, drafts: Sequence[Draft]) -> None:
    """Have generated numbers begin above the given ones, which would otherwise be generated again some day."""
    if recipe.series is None:
        return
    given = [str(draft.values["number"]) for draft in drafts if draft.values.get("number")]
    digits = [number.removeprefix(recipe.series) for number in given if number.startswith(recipe.series)]
    counts = [int(count) for count in digits if count.isascii() and count.isdigit() and len(count) <= MOST_DIGITS]
    if counts:
        await work.keep_clear_of(recipe.series, max(counts))
