"""What makes an endpoint or a calendar feed sound."""

import re
from dataclasses import dataclass
from typing import Any

from domain.integration.model import CalendarFeed, CalendarKind, WebhookEndpoint
from domain.kernel.absent import ABSENT, Absent
from domain.kernel.checks import text_issues
from domain.kernel.errors import Issue

MOST_URL = 2_000
MOST_FOLLOWS = 20
_ADDRESS = re.compile(
    r"https?://(?P<user>[^/?#\s@]*@)?(?P<host>\[[0-9a-f:.]+\]|[^/?#\s@:\[\]]+)(?::(?P<port>\d{1,5}))?(?:[/?#]\S*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class EndpointFacts:
    """What can be said of an endpoint; what is absent stays as it is."""

    name: str | Absent = ABSENT
    url: str | Absent = ABSENT
    follows: list[dict[str, Any]] | Absent = ABSENT


def endpoint_issues(endpoint: WebhookEndpoint) -> list[Issue]:
    """Return every fault of an endpoint."""
    issues = [*text_issues("name", endpoint.name, required=True), *_url_issues(endpoint.url)]
    if not 1 <= len(endpoint.follows) <= MOST_FOLLOWS:
        issues.append(Issue("follows", f"names 1 to {MOST_FOLLOWS} feeds"))
    return issues


def _url_issues(url: str) -> list[Issue]:
    found = _ADDRESS.fullmatch(url)
    if found is None or len(url) > MOST_URL or int(found["port"] or 1) not in range(1, 65_536):
        return [Issue("url", "must be an https address, e.g. https://example.org/hooks")]
    if found["user"]:
        return [Issue("url", "must not hold a user or a password")]
    return []


def feed_issues(feed: CalendarFeed) -> list[Issue]:
    """Return every fault of a calendar feed."""
    issues = list(text_issues("name", feed.name, required=True))
    if feed.kind is CalendarKind.BOARD and feed.series_id is None:
        issues.append(Issue("series_id", "says which board the calendar shows"))
    if feed.kind is CalendarKind.CHANGES and feed.series_id is not None:
        issues.append(Issue("series_id", "is for the calendar of a board"))
    if feed.kind is CalendarKind.BOARD and feed.team_id is not None:
        issues.append(Issue("team_id", "is for a calendar of changes"))
    return issues
