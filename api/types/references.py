"""`@oneOf` references: a record by what people have of it."""

from typing import Any

import strawberry

_KNOWN_BY = {
    "id": "Its id.",
    "number": "Its number.",
    "name": "Its name.",
    "external_id": "Its key in the system it was imported from.",
}


def reference_input(noun: str, *keys: str) -> Any:
    """Return the input `NounRef`, which takes exactly one of the keys."""
    maybe: Any = strawberry.Maybe
    annotations = {key: maybe[strawberry.ID if key == "id" else str] for key in keys}
    body: dict[str, Any] = {key: strawberry.field(description=_KNOWN_BY[key]) for key in keys}
    body |= {"__annotations__": annotations, "__module__": __name__, "__doc__": f"One {noun} record."}
    described = f"One {noun} record, by what you have of it."
    return strawberry.input(type(f"{noun}Ref", (), body), one_of=True, description=described)
