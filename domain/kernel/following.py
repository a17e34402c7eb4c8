"""What somebody follows in the log, as data: the same for subscriptions, webhooks and the query over the log."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.kernel.events import Event


class Feed(StrEnum):
    """A part of the log that belongs together."""

    TICKETS = "TICKETS"
    CHANGES = "CHANGES"
    AGENDA = "AGENDA"
    CIS = "CIS"


SUBJECT_TYPES: Mapping[Feed, frozenset[str]] = {
    Feed.TICKETS: frozenset({"incident", "problem"}),
    Feed.CHANGES: frozenset({"change"}),
    Feed.AGENDA: frozenset({"cab_meeting", "cab_series"}),
    Feed.CIS: frozenset({"ci", "business_service", "relation", "redundancy_group"}),
}
TOPOLOGY = frozenset({"ci", "relation", "redundancy_group"})
"""Subjects whose events may change what a neighbourhood is."""


@dataclass(frozen=True, slots=True)
class Follow:
    """Which events of a feed are followed: all of what is given must hold, None asks nothing.

    `kinds` are kinds of events, `subject_types` narrow the feed, `ids` are subjects. `priorities`, `team_ids` and
    `change_types` are what the after-image must say. `service_ids` are items one of which it must be about.
    `neighbourhoods` are items: it must touch something one of them depends on, or one of them.
    """

    feed: Feed
    subject_types: frozenset[str] | None = None
    kinds: frozenset[str] | None = None
    ids: frozenset[str] | None = None
    priorities: frozenset[int] | None = None
    team_ids: frozenset[str] | None = None
    change_types: frozenset[str] | None = None
    service_ids: frozenset[str] | None = None
    neighbourhoods: frozenset[str] | None = None

    @property
    def subjects(self) -> frozenset[str]:
        """The types of subjects that are followed."""
        return SUBJECT_TYPES[self.feed] if self.subject_types is None else self.subject_types

    def matches(self, event: Event, around: frozenset[str] = frozenset()) -> bool:
        """Whether the event is followed, `around` being all that its neighbourhoods depend on."""
        body = event.body
        if event.subject_type not in self.subjects or not _lets(self.kinds, event.kind):
            return False
        if not (
            _lets(self.ids, event.subject_id)
            and _lets(self.priorities, body.get("priority"))
            and _lets(self.team_ids, body.get("team_id"))
            and _lets(self.change_types, body.get("type"))
        ):
            return False
        if self.service_ids is None and self.neighbourhoods is None:
            return True
        touched = cis_of(event)
        is_on = self.service_ids is None or not self.service_ids.isdisjoint(touched)
        return is_on and (self.neighbourhoods is None or not around.isdisjoint(touched))


def _lets(accepted: frozenset[object] | None, value: object) -> bool:
    return accepted is None or value in accepted


def cis_of(event: Event) -> frozenset[str]:
    """Return the configuration items an event is about, by what its after-image says."""
    body = event.body
    match event.subject_type:
        case "ci" | "business_service":
            return frozenset({event.subject_id})
        case "incident" | "problem":
            return frozenset(link["ci_id"] for link in body.get("cis", ()) if link.get("ended_at") is None)
        case "change":
            targets = {target["ci_id"] for target in body.get("targets", ())}
            return frozenset(targets | {body["service_id"]} if body.get("service_id") else targets)
        case "relation":
            return frozenset({body["source_id"], body["target_id"]})
        case "redundancy_group":
            parts = [*body.get("members", ()), *body.get("protected", ())]
            return frozenset(part["ci_id"] for part in parts if part.get("valid_to") is None)
    return frozenset()
