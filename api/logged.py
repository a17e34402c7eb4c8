"""The log as a list: pages of the events one may see, narrowed as a subscription is, under the cursors of all feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.context import Context
from api.lookahead import Asking, Selected
from api.relations import ConnectionPlan
from api.types.following import FEEDS, follow_of
from domain.kernel.events import Event
from domain.kernel.following import Follow
from domain.kernel.keys import RecordKey
from domain.kernel.page import MOST, Listing, Ordering, Page, Row

MOST_SCANNED = 2_000
"""Events looked at for one page; a page may end early, and its end cursor goes on from there."""

_OF_EVENT = ("position", "kind", "subject_type", "subject_id", "subject_version", "occurred_at", "actor_id", "body")
_IN_ORDER = (Ordering("position"),)


@dataclass(frozen=True, slots=True)
class LogPage(Page):
    """A page whose cursors are those of the log; `reached` is the last position that was looked at."""

    key: RecordKey
    reached: int | None

    def cursor(self, index: int) -> str:
        """Return the cursor of an event."""
        return self.key.cursor(self.rows[index]["position"])

    @property
    def end_cursor(self) -> str | None:
        """Return from where to go on: behind everything looked at, whether it was asked for or not."""
        return None if self.reached is None else self.key.cursor(self.reached)


@dataclass(frozen=True, slots=True)
class Logged:
    """Pages of the log: a root field."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one connection."""
        connection, where = ConnectionPlan.of(asking, selected), selected.arguments.get("where") or {}
        feed = where.get("feed")
        follow = None if feed is None else _follow(feed)
        filters = _filters(where.get("kind"), follow)
        page = await _page(asking, selected, connection.columns, filters, follow)
        count = None
        if connection.is_counted and not _needs_image(follow):
            count = await asking.reads.count("event", filters)
        return await connection.build(asking, [page] * len(parents), [count] * len(parents))


@dataclass(frozen=True, slots=True)
class Latest:
    """The newest event one may see: a root field."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the one event, None while there is none."""
        plan = asking.plan(selected.type, selected.nodes)
        newest = Listing(order=(Ordering("position", is_descending=True),), first=1)
        page = await asking.reads.page("event", _read(plan.columns), newest)
        rows = [_shown(row, asking.services.key) for row in page.rows]
        built = await plan.build(asking, rows)
        return [built[0] if built else None for _ in parents]


def _follow(feed: Mapping[str, Any]) -> Follow:
    ((name, narrowed),) = feed.items()
    return follow_of(FEEDS[name], narrowed, f"where.feed.{name}")


def _filters(kind: Mapping[str, Any] | None, follow: Follow | None) -> dict[str, dict[str, Any]]:
    """Return what an index can say of it."""
    filters: dict[str, dict[str, Any]] = {}
    if follow is not None:
        filters["subject_type"] = {"in": sorted(follow.subjects)}
        if follow.ids is not None:
            filters["subject_id"] = {"in": sorted(follow.ids)}
        if follow.kinds is not None:
            filters["kind"] = {"in": sorted(follow.kinds)}
    given = {name: value for name, value in (kind or {}).items() if value is not None}
    return filters | ({"kind": given} if given else {})


def _needs_image(follow: Follow | None) -> bool:
    """Whether what is asked for can only be told from the after-images."""
    return follow is not None and any(
        asked is not None
        for asked in (
            follow.priorities,
            follow.team_ids,
            follow.change_types,
            follow.service_ids,
            follow.neighbourhoods,
        )
    )


async def _page(
    asking: Asking,
    selected: Selected,
    columns: set[str],
    filters: dict[str, dict[str, Any]],
    follow: Follow | None,
) -> LogPage:
    context: Context = asking.services
    key = context.key
    first, after = Listing(first=selected.arguments["first"]).first, selected.arguments.get("after")
    reached = None if after is None else key.position(after)
    around = await _around(asking, follow)
    needs_image, found, looked_at, has_next = _needs_image(follow), list[Row](), 0, True
    while len(found) < first and looked_at < MOST_SCANNED and has_next:
        where = filters if reached is None else {**filters, "position": {"gt": reached}}
        size = MOST if needs_image else first
        wanted = _read({*columns, *_OF_EVENT} if needs_image else columns)
        page = await asking.reads.page("event", wanted, Listing(where=where, order=_IN_ORDER, first=size))
        has_next, looked_at = page.has_next, looked_at + len(page.rows)
        for place, row in enumerate(page.rows):
            reached = row["position"]
            if follow is None or not needs_image or follow.matches(_event(row), around):
                found.append(_shown(row, key))
                if len(found) == first:
                    has_next = page.has_next or place + 1 < len(page.rows)
                    break
    keys = [(row["position"],) for row in found]
    return LogPage(found, keys, "position", has_next, after is not None, key, reached)


async def _around(asking: Asking, follow: Follow | None) -> frozenset[str]:
    if follow is None or follow.neighbourhoods is None:
        return frozenset()
    ports = asking.services.ports
    around: frozenset[str] = await ports.graph.upstream(follow.neighbourhoods, as_of=ports.clock.now())
    return around


def _read(columns: set[str]) -> set[str]:
    return (columns - {"cursor"}) | {"position"}


def _shown(row: Row, key: RecordKey) -> Row:
    return {**row, "cursor": key.cursor(row["position"])}


def _event(row: Row) -> Event:
    return Event(id=0, **{name: row[name] for name in _OF_EVENT})
