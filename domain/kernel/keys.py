"""What is made from the record's one key: cursors, secrets of webhooks, tokens of calendars. None is stored anywhere.

A cursor is a position enciphered (a Feistel network of four rounds over HMAC-SHA256), so that nobody learns from a gap
how much they may not see. It has no order to read off and cannot be made up.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass

from domain.kernel.errors import InvalidInput

KEY_BYTES = 32
_HALF = 8
_ROUNDS = (b"cursor 1", b"cursor 2", b"cursor 3", b"cursor 4")


@dataclass(frozen=True, slots=True)
class RecordKey:
    """The key of one record."""

    key: bytes

    def cursor(self, position: int) -> str:
        """Return the cursor of a position of the log: the same wherever it is shown."""
        left, right = bytes(_HALF), position.to_bytes(_HALF)
        for label in _ROUNDS:
            left, right = right, _mixed(left, self._derived(label, right))
        return base64.urlsafe_b64encode(left + right).decode().rstrip("=")

    def position(self, cursor: str, path: str = "after") -> int:
        """Return the position of a cursor; `InvalidInput` at `path` when it is none of this record."""
        try:
            block = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as malformed:
            raise InvalidInput.at(path, "is not a cursor of this log") from malformed
        left, right = block[:_HALF], block[_HALF:]
        if len(block) == 2 * _HALF:
            for label in reversed(_ROUNDS):
                left, right = _mixed(right, self._derived(label, left)), left
        if len(block) != 2 * _HALF or any(left):
            raise InvalidInput.at(path, "is not a cursor of this log")
        return int.from_bytes(right)

    def webhook_secret(self, endpoint_id: str, number: int) -> str:
        """Return the secret of an endpoint after so many rotations, in the form of Standard Webhooks."""
        secret = hmac.digest(self.key, f"webhook {endpoint_id} {number}".encode(), hashlib.sha256)
        return f"whsec_{base64.b64encode(secret).decode()}"

    def calendar_token(self, feed_id: str) -> str:
        """Return the token of a calendar feed: whoever has it can read the calendar."""
        token = hmac.digest(self.key, f"calendar {feed_id}".encode(), hashlib.sha256)
        return f"hw_{base64.urlsafe_b64encode(token).decode().rstrip('=')}"

    def _derived(self, label: bytes, half: bytes) -> bytes:
        return hmac.digest(self.key, label + half, hashlib.sha256)[:_HALF]


def _mixed(one: bytes, other: bytes) -> bytes:
    return (int.from_bytes(one) ^ int.from_bytes(other)).to_bytes(_HALF)
