"""What people call records: external id, number, name, email or id. Words are looked up together, once per import."""

from collections.abc import Iterable
from typing import Any

from domain.calendar.model import Calendar
from domain.change.model import Change
from domain.change.windows import ChangeWindow
from domain.ci.model import BusinessService, ConfigurationItem, RedundancyGroup
from domain.incident.model import Incident
from domain.kernel.errors import Issue
from domain.people.model import Person, Team
from domain.ports import UnitOfWork
from domain.problem.model import Problem

COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Calendar: ("external_id", "name", "id"),
    Person: ("external_id", "email", "name", "id"),
    Team: ("external_id", "name", "id"),
    ConfigurationItem: ("external_id", "name", "id"),
    RedundancyGroup: ("external_id", "name", "id"),
    Incident: ("external_id", "number", "id"),
    Problem: ("external_id", "number", "id"),
    Change: ("external_id", "number", "id"),
    ChangeWindow: ("external_id", "name", "id"),
}
"""By which columns a word is looked up, the first that knows it deciding."""

NOUNS: dict[type[Any], str] = {
    Calendar: "calendar",
    Person: "person",
    Team: "team",
    ConfigurationItem: "configuration item",
    RedundancyGroup: "redundancy group",
    Incident: "incident",
    Problem: "problem",
    Change: "change",
    ChangeWindow: "change window",
    BusinessService: "business service",
}

MOST_WORDS = 200_000
"""Words kept in memory; beyond them the oldest knowledge is looked up again."""


class Words:
    """The words of an import and what they mean, kept from chunk to chunk."""

    def __init__(self) -> None:
        self._ids: dict[tuple[type[Any], str], tuple[str, ...]] = {}

    def forget(self) -> None:
        """Forget everything: what was learned may have been undone."""
        self._ids.clear()

    def teach(self, noun: type[Any], record_id: str, *words: str | None) -> None:
        """Note what a record written in this very transaction is called."""
        for word in words:
            if word:
                self._ids[noun, word] = (record_id,)

    async def learn(self, work: UnitOfWork, wanted: Iterable[tuple[type[Any], str]]) -> None:
        """Look up the words that are not known yet, all those of a noun together."""
        if len(self._ids) > MOST_WORDS:
            self.forget()
        unknown: dict[type[Any], set[str]] = {}
        for noun, word in wanted:
            if (noun, word) not in self._ids:
                unknown.setdefault(noun, set()).add(word)
        for noun, words in unknown.items():
            if noun is BusinessService:
                await self._learn_services(work, words)
            else:
                await self._learn(work, noun, words)

    def meaning(self, noun: type[Any], word: str, path: str) -> tuple[str | None, list[Issue]]:
        """Return the id a word stands for; without exactly one, None and the fault at `path`."""
        ids = self._ids.get((noun, word), ())
        if len(ids) == 1:
            return ids[0], []
        if not ids:
            return None, [Issue(path, f"no {NOUNS[noun]} '{word}'")]
        return None, [Issue(path, f"'{word}' is the name of {len(ids)}: say the external id")]

    async def _learn(self, work: UnitOfWork, noun: type[Any], words: set[str]) -> None:
        for column in COLUMNS[noun]:
            found = await work.ids_by(noun, column, words)
            self._ids |= {(noun, word): tuple(ids) for word, ids in found.items()}
            words = words - found.keys()

    async def _learn_services(self, work: UnitOfWork, words: set[str]) -> None:
        await self.learn(work, ((ConfigurationItem, word) for word in words))
        meant = {word: self._ids.get((ConfigurationItem, word), ()) for word in words}
        services = await work.ids_by(BusinessService, "id", {ci_id for ids in meant.values() for ci_id in ids})
        for word, ids in meant.items():
            known = tuple(ci_id for ci_id in ids if ci_id in services)
            if known:
                self._ids[BusinessService, word] = known
