"""Payloads that were made for one reader and serve the next: whoever follows a little later asks for the same."""

from collections import OrderedDict

from api.live.documents import GroupKey

MOST_CHARACTERS = 8_000_000
"""Of all payloads together. After a restart everyone asks for the same events, each from a place of their own."""


class Remembered:
    """Payloads by group and position; what nobody asked for the longest is forgotten first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most, self._held = most_characters, 0
        self._payloads: OrderedDict[tuple[GroupKey, int], str] = OrderedDict()

    def payload(self, key: GroupKey, position: int) -> str | None:
        """Return what the group was answered at that position, None when it is not known any more."""
        payload = self._payloads.get((key, position))
        if payload is not None:
            self._payloads.move_to_end((key, position))
        return payload

    def keep(self, key: GroupKey, position: int, payload: str) -> None:
        """Keep a payload as long as there is room."""
        self._held += len(payload) - len(self._payloads.pop((key, position), ""))
        self._payloads[key, position] = payload
        while self._held > self._most:
            _, forgotten = self._payloads.popitem(last=False)
            self._held -= len(forgotten)
