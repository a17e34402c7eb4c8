"""Documents that need not be sent: those of the server's own list by id, those sent before by their hash (APQ)."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from domain.kernel.errors import InvalidInput

MOST_REMEMBERED = 1_000
LONGEST_REMEMBERED = 20_000
"""Characters of the longest text that is remembered by its hash: the store is bounded in both directions."""


@dataclass(slots=True)
class Documents:
    """The texts behind ids and hashes. When `is_closed`, no other text than those of the list is executed."""

    listed: Mapping[str, str] = field(default_factory=dict)
    is_closed: bool = False
    _texts: frozenset[str] = field(init=False)
    _remembered: OrderedDict[str, str] = field(default_factory=OrderedDict, init=False)

    def __post_init__(self) -> None:
        """Know the texts of the list."""
        self._texts = frozenset(self.listed.values())

    @classmethod
    def of_file(cls, file: Path, *, is_closed: bool) -> "Documents":
        """Return the documents of a JSON file of ids and texts; `InvalidInput` names the setting when it is none."""
        try:
            listed = json.loads(file.read_text())
        except (OSError, ValueError) as unreadable:
            raise InvalidInput.at("HEADWATER_DOCUMENTS", f"'{file}' cannot be read: {unreadable}") from unreadable
        if not isinstance(listed, dict) or not all(isinstance(text, str) for text in listed.values()):
            raise InvalidInput.at("HEADWATER_DOCUMENTS", f"'{file}' must hold one object of ids and texts")
        return cls(listed, is_closed)

    def permits(self, text: str) -> bool:
        """Whether the text may be executed."""
        return not self.is_closed or text in self._texts

    def by_id(self, document_id: str) -> str | None:
        """Return the text of an id of the list; a list may name its texts by `sha256:HASH`, as tools do."""
        return self.listed.get(document_id) or self.listed.get(document_id.removeprefix("sha256:"))

    def by_hash(self, digest: str) -> str | None:
        """Return the text that was sent with its hash before."""
        text = self._remembered.get(digest)
        if text is not None:
            self._remembered.move_to_end(digest)
        return text

    def remember(self, digest: str, text: str) -> bool:
        """Keep a text under its hash; False when the hash is of another text."""
        if sha256(text.encode(errors="surrogatepass")).hexdigest() != digest:
            return False
        if len(text) <= LONGEST_REMEMBERED and self.permits(text):
            self._remembered[digest] = text
            if len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return True
