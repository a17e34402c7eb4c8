"""How an answer in parts is told: GraphQL has not settled it, and two drafts are in use.

In that of 2022 each part carries its path; in the later one of graphql-js 17 alpha 9 what is pending is announced by
ids, and each is said to be complete.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphql.execution import PendingResult

from api.delivery import Part
from api.live.framing import Framing, multipart_offers, parts_named


@dataclass(frozen=True, slots=True)
class Draft:
    """A way in which clients take parts: how they are framed, and how each is worded."""

    framing: Framing
    worded: Callable[[Part, Mapping[str, PendingResult]], Part]


def _of_alpha_9(part: Part, _pending: Mapping[str, PendingResult]) -> Part:
    return part


def _of_2022(part: Part, pending: Mapping[str, PendingResult]) -> Part:
    """Return the part with paths in the place of ids; that something is complete is told only where it failed."""
    if "data" in part:
        return {name: value for name, value in part.items() if name != "pending"}
    told = [{"data": one["data"], **_place(one, pending), **_errors(one)} for one in part.get("incremental", ())]
    failed = [one for one in part.get("completed", ()) if "errors" in one]
    told += [{"data": None, **_place(one, pending), **_errors(one)} for one in failed]
    return {"incremental": told, "hasNext": part["hasNext"]} if told else {"hasNext": part["hasNext"]}


def _place(one: Part, pending: Mapping[str, PendingResult]) -> dict[str, Any]:
    announced = pending[one["id"]]
    place: dict[str, Any] = {"path": [*announced.path, *one.get("subPath", ())]}
    return place if announced.label is None else {**place, "label": announced.label}


def _errors(one: Part) -> dict[str, Any]:
    return {"errors": one["errors"]} if "errors" in one else {}


DRAFTS = {
    "deferspec=20220824": Draft(parts_named("deferSpec=20220824"), _of_2022),
    "incrementalspec=v0.2": Draft(parts_named("incrementalSpec=v0.2"), _of_alpha_9),
}
"""By the parameter with which a client names one."""


def draft_for(accept: str | None) -> Draft | None:
    """Return the draft in which a client takes parts, None when it takes none.

    Clients that name no draft know that of 2022: it was the only one when they were written.
    """
    for parameters in multipart_offers(accept):
        named = [name for name in parameters if name.partition("=")[0].endswith("spec")]
        draft = DRAFTS.get(named[0] if named else "deferspec=20220824")
        if draft is not None:
            return draft
    return None
