"""How the messages of a stream over HTTP are written: as server-sent events, or as parts of a multipart answer."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from api.bodies import GRAPHQL, JSON

EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
_JSON = frozenset({JSON, GRAPHQL, "*/*", "application/*"})


@dataclass(frozen=True, slots=True)
class Framing:
    """One way to write a stream. `opening` goes out at once, also through proxies; `quiet` while nothing happens.

    `event` writes the answer to one event with its cursor, `answer` one that stands for itself, `end` follows the last.
    """

    content_type: str
    opening: str
    quiet: str
    end: str
    event: Callable[[str, str], str]
    answer: Callable[[str], str]


def _sent_event(payload: str, cursor: str) -> str:
    return f"event: next\nid: {cursor}\ndata: {payload}\n\n"


def _sent_answer(payload: str) -> str:
    return f"event: next\ndata: {payload}\n\n"


def _part(body: str) -> str:
    return f"\r\ncontent-type: {JSON}\r\n\r\n{body}\r\n--graphql"


def _part_of_event(payload: str, _cursor: str) -> str:
    return _part(f'{{"payload":{payload}}}')


SERVER_SENT_EVENTS = Framing(
    content_type=EVENT_STREAM,
    opening=":\n\n",
    quiet=":\n\n",
    end="event: complete\ndata:\n\n",
    event=_sent_event,
    answer=_sent_answer,
)
"""The distinct connections mode of `graphql-sse`. The id of an event is its cursor."""

MULTIPART_SUBSCRIPTION = Framing(
    content_type=f'{MULTIPART};boundary="graphql";subscriptionSpec="1.0"',
    opening="--graphql",
    quiet=_part("{}"),
    end="--\r\n",
    event=_part_of_event,
    answer=lambda payload: _part(f'{{"payload":{payload}}}'),
)
"""Apollo's subscriptions over HTTP. Each part closes with the next boundary, so that a client has it whole at once."""


def parts_named(specification: str) -> Framing:
    """Return the framing of an answer in parts under a specification: as above, without an envelope round each."""
    return replace(
        MULTIPART_SUBSCRIPTION,
        content_type=f'{MULTIPART};boundary="graphql";{specification}',
        answer=_part,
    )


def framing_for(accept: str | None) -> Framing | None:
    """Return how a client wants a stream, None when it means JSON.

    Server-sent events only where it accepts no kind of JSON: some list them beside it for plain queries. Multipart
    where it names the specification of subscriptions, which clients do for subscriptions alone.
    """
    names = {name for name, *_ in _offered(accept)}
    if EVENT_STREAM in names and names.isdisjoint(_JSON):
        return SERVER_SENT_EVENTS
    if any("subscriptionspec=1.0" in parameters for parameters in multipart_offers(accept)):
        return MULTIPART_SUBSCRIPTION
    return None


def multipart_offers(accept: str | None) -> list[list[str]]:
    """Return the parameters of each multipart answer that a client takes, in small letters and without quotes."""
    return [parameters for name, *parameters in _offered(accept) if name == MULTIPART]


def _offered(accept: str | None) -> list[list[str]]:
    plain = (accept or "").lower().replace('"', "")
    return [[piece.strip() for piece in part.split(";")] for part in plain.split(",")]
