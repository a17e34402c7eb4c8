"""Global ids: opaque to clients, `Type:id` inside."""

import base64
import binascii

from domain.kernel.errors import InvalidInput
from domain.kernel.global_ids import encode_id

__all__ = ["decode_any_id", "decode_id", "encode_id"]


def decode_any_id(global_id: str, path: str) -> tuple[str, str]:
    """Return type name and id; `InvalidInput` at `path` when it is no global id."""
    try:
        text = base64.b64decode(global_id + "=" * (-len(global_id) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as malformed:
        raise InvalidInput.at(path, "is not an id of this API") from malformed
    type_name, colon, record_id = text.partition(":")
    if not (type_name and colon and record_id) or "\x00" in text:
        raise InvalidInput.at(path, "is not an id of this API")
    return type_name, record_id


def decode_id(global_id: str, type_name: str, path: str) -> str:
    """Return the id of a record of that type; `InvalidInput` at `path` when it names another type, or nothing."""
    actual, record_id = decode_any_id(global_id, path)
    if actual != type_name:
        raise InvalidInput.at(path, f"is the id of a {actual}, not of a {type_name}")
    return record_id
