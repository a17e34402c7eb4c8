"""Answers that were made for one reader and serve the next: whoever follows a little later asks for the same."""

from collections import OrderedDict

from api.live.documents import GroupKey

MOST_CHARACTERS = 8_000_000
"""Of all payloads together. After a restart everyone asks for the same events, each from a place of their own."""


class Remembered:
    """Payloads and cursors by group and position; what nobody asked for the longest is forgotten first."""

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most, self._held = most_characters, 0
        self._answers: OrderedDict[tuple[GroupKey, int], tuple[str, str]] = OrderedDict()

    def answer(self, key: GroupKey, position: int) -> tuple[str, str] | None:
        """Return what the group was answered at that position and its cursor, None when it is not known any more."""
        answer = self._answers.get((key, position))
        if answer is not None:
            self._answers.move_to_end((key, position))
        return answer

    def keep(self, key: GroupKey, position: int, payload: str, cursor: str) -> None:
        """Keep an answer as long as there is room."""
        former, _ = self._answers.pop((key, position), ("", ""))
        self._held += len(payload) - len(former)
        self._answers[key, position] = payload, cursor
        while self._held > self._most:
            _, (forgotten, _) = self._answers.popitem(last=False)
            self._held -= len(forgotten)
