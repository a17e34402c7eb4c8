"""Notices of maintenance as carriers send them: calendars (RFC 5545 with X-MAINTNOTE), mail, pages and plain text.

What is read is the reference of the maintenance, its window, its circuits and its state. A notice that does not say
them is `Unreadable`: nothing is guessed.
"""

import email
import email.policy
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from hashlib import sha256

from api.imports.columns import Unreadable
from api.imports.notice_text import CELL, html_lines, is_html, plain_lines
from api.imports.notice_windows import window_of
from domain.change.model import ChangeState
from domain.kernel.errors import InvalidInput
from domain.kernel.time import Window, local_instant

STATES: Mapping[str, ChangeState] = {
    "TENTATIVE": ChangeState.NEW,
    "CONFIRMED": ChangeState.SCHEDULED,
    "RE-SCHEDULED": ChangeState.SCHEDULED,
    "IN-PROCESS": ChangeState.IMPLEMENT,
    "COMPLETED": ChangeState.CLOSED,
    "CANCELLED": ChangeState.CANCELLED,
}
OVER = frozenset({ChangeState.CLOSED, ChangeState.CANCELLED})
CANCELLED = re.compile(r"\b(?:been cancell?ed|status\W+cancell?ed|cancellation notification)\b", re.IGNORECASE)
COMPLETED = re.compile(r"\b(?:(?:has been|was) completed|status\W+closed|completion notification)\b", re.IGNORECASE)
BEGUN = re.compile(r"\b(?:(?:work|maintenance) has (?:begun|started)|status\W+implement)\b", re.IGNORECASE)
REFERENCE = re.compile(
    r"(?:ticket number|ticket reference(?: - \w+)?|internal ticket|work order number|wmt|maintenance (?:number|id)"
    r"|scheduled maintenance(?: window)? #|reference)[\s:|#]*(?P<id>(?=[\w/.-]*\d)\w[\w/.-]*)",
    re.IGNORECASE,
)
SUBJECT_REFERENCE = re.compile(r"(?<![\w:./-])(?=(?:\w*\d){4})\w+(?![\w:./-])")
ACCOUNT = re.compile(r"account\W+\w+|#+\s*\w+\s*#+", re.IGNORECASE)
CIRCUITS = re.compile(
    r"^\W*(?:(?:affected |impacted )?(?:circuit|service|order)(?: ?id)?s?(?:\(s\))?(?: impacted)?)\s*[:|](?P<ids>.+)$",
    re.IGNORECASE,
)
COLUMNS = ("circuit id", "alt circuit id")
ITEM = re.compile(r"^[a-z]{2,}-(?=\w*\d)\w+$")
LISTED = re.compile(r"\b(?:listed below|following|below your)\b", re.IGNORECASE)
ADDRESS = re.compile(r"[\w.+-]+@((?:[\w-]+\.)+[a-z]{2,})", re.IGNORECASE)
PROPERTY = re.compile(r"^(?P<name>[A-Z-]+)(?P<parameters>(?:;[^:\"]*(?:\"[^\"]*\")?)*):(?P<value>.*)$")


@dataclass(frozen=True, slots=True)
class Notice:
    """What one notice says of one maintenance. `sent_at` is None where nobody says; `impact` in the carrier's words."""

    reference: str
    carrier: str | None
    title: str
    state: ChangeState
    window: Window
    circuits: tuple[str, ...]
    sent_at: datetime | None
    impact: str = ""

    @property
    def external_id(self) -> str:
        """What the maintenance is known by: two carriers may use one reference."""
        return f"{self.carrier}:{self.reference}" if self.carrier else self.reference


@dataclass(frozen=True, slots=True)
class _Letter:
    subject: str
    lines: Sequence[str]
    sent_at: datetime | None = None


def notices_of(content: bytes) -> Iterator[Notice | Unreadable]:
    """Yield every notice in one file, or why it cannot be read."""
    text = content.decode(errors="replace")
    if text.lstrip("\ufeff \r\n").startswith("BEGIN:VCALENDAR"):
        yield from _of_calendar(text)
    elif re.match(r"(?:[\w-]+:.*\r?\n(?:[ \t].*\r?\n)*)+\r?\n", text):
        yield from _of_mail(email.message_from_bytes(content, policy=email.policy.default))
    else:
        yield _of_letter(_Letter("", html_lines(text) if is_html(text) else plain_lines(text)))


def _of_mail(message: EmailMessage) -> Iterator[Notice | Unreadable]:
    parts = {part.get_content_type(): part for part in reversed([*message.walk()]) if not part.is_multipart()}
    if "text/calendar" in parts:
        yield from _of_calendar(_text(parts["text/calendar"]))
        return
    if "text/html" in parts:
        lines = html_lines(_text(parts["text/html"]))
    else:
        lines = plain_lines(_text(parts["text/plain"])) if "text/plain" in parts else []
    yield _of_letter(_Letter(" ".join(str(message["subject"] or "").split()), lines, _sent_at(message)))


def _text(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", errors="replace")
    except LookupError:
        return content.decode(errors="replace")


def _sent_at(message: EmailMessage) -> datetime | None:
    try:
        sent = parsedate_to_datetime(str(message["date"]))
    except ValueError:
        return None
    return sent.astimezone(UTC) if sent.tzinfo is not None else None


def _of_letter(letter: _Letter) -> Notice | Unreadable:
    text = "\n".join([letter.subject, *letter.lines])
    state, circuits = _state(text), _circuits(letter.lines)
    try:
        window = window_of(letter.lines)
    except Unreadable as unreadable:
        return unreadable
    if not circuits and state not in OVER:
        return Unreadable("names no circuit")
    return Notice(
        reference=_reference(letter, text, circuits) or _fingerprint(window, circuits),
        carrier=_carrier(letter.lines),
        title=letter.subject or letter.lines[0],
        state=state,
        window=window,
        circuits=circuits,
        sent_at=letter.sent_at,
    )


def _state(text: str) -> ChangeState:
    if CANCELLED.search(text):
        return ChangeState.CANCELLED
    if COMPLETED.search(text):
        return ChangeState.CLOSED
    return ChangeState.IMPLEMENT if BEGUN.search(text) else ChangeState.SCHEDULED


def _reference(letter: _Letter, text: str, circuits: Sequence[str]) -> str | None:
    """Return the reference by its label, or else the one number in the subject that is no account and no circuit."""
    labelled = REFERENCE.search(text)
    if labelled is not None:
        return labelled["id"].rstrip(".")
    found = set(SUBJECT_REFERENCE.findall(ACCOUNT.sub(" ", letter.subject))) - set(circuits)
    return found.pop() if len(found) == 1 else None


def _fingerprint(window: Window, circuits: Sequence[str]) -> str:
    """Return what a maintenance without a reference is known by: its window and its circuits."""
    told = "|".join([window.start.isoformat(), window.end.isoformat(), *sorted(circuits)])
    return f"window-{sha256(told.encode()).hexdigest()[:16]}"


def _carrier(lines: Sequence[str]) -> str | None:
    """Return the domain of mail addresses that the text names most."""
    domains = Counter(domain.lower() for line in lines for domain in ADDRESS.findall(line))
    return min(domains, key=lambda domain: (-domains[domain], domain), default=None)


def _circuits(lines: Sequence[str]) -> tuple[str, ...]:
    found = [*_labelled(lines), *_in_table(lines)]
    if not found and any(LISTED.search(line) for line in lines):
        found = [line for line in lines if ITEM.match(line)]
    return tuple(dict.fromkeys(found))


def _labelled(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        label = CIRCUITS.match(line)
        if label is not None and line.count(CELL) <= 2:
            for said in re.split(r"[,;|]", label["ids"]):
                circuit = said.strip(" :")
                if any(character.isdigit() for character in circuit):
                    yield circuit


def _in_table(lines: Sequence[str]) -> Iterator[str]:
    """Yield what stands under the heading `Circuit ID`, or under `Alt Circuit ID` where that is blank."""
    places: list[int] = []
    for line in lines:
        cells = [cell.strip() for cell in line.split("|")]
        headings = [cell.lower() for cell in cells]
        if len(cells) > 3 and COLUMNS[0] in headings:
            places = [headings.index(name) for name in COLUMNS if name in headings]
        elif len(cells) <= 3:
            places = []
        else:
            said = [cells[place] for place in places if place < len(cells)]
            yield from [cell for cell in said if any(character.isdigit() for character in cell)][:1]


def _of_calendar(text: str) -> Iterator[Notice | Unreadable]:
    unfolded = re.sub(r"\r?\n[ \t]", "", text)
    for event in unfolded.split("BEGIN:VEVENT")[1:]:
        properties: dict[str, list[tuple[str, str]]] = {}
        for line in event.split("END:VEVENT")[0].splitlines():
            found = PROPERTY.match(line.strip())
            if found is not None:
                properties.setdefault(found["name"], []).append((found["parameters"], found["value"].strip()))
        yield _of_event(properties)


def _of_event(properties: Mapping[str, Sequence[tuple[str, str]]]) -> Notice | Unreadable:
    def said(*names: str) -> str:
        return next((properties[name][0][1] for name in names if name in properties), "")

    reference = said("X-MAINTNOTE-MAINTENANCE-ID", "UID")
    state = STATES.get(said("X-MAINTNOTE-STATUS").upper() or "CONFIRMED")
    circuits = tuple(dict.fromkeys(value for _, value in properties.get("X-MAINTNOTE-OBJECT-ID", ()) if value))
    if not reference:
        return Unreadable("names no maintenance")
    if state is None:
        return Unreadable(f"X-MAINTNOTE-STATUS: '{said('X-MAINTNOTE-STATUS')}' is no state known here")
    if not circuits and state not in OVER:
        return Unreadable("names no circuit")
    try:
        window = Window(_calendar_time(properties, "DTSTART"), _calendar_time(properties, "DTEND"))
        sent_at = _calendar_time(properties, "DTSTAMP") if "DTSTAMP" in properties else None
    except Unreadable as unreadable:
        return unreadable
    return Notice(
        reference=reference,
        carrier=said("X-MAINTNOTE-PROVIDER").lower() or None,
        title=said("SUMMARY") or reference,
        state=state,
        window=window,
        circuits=circuits,
        sent_at=sent_at,
        impact=said("X-MAINTNOTE-IMPACT"),
    )


def _calendar_time(properties: Mapping[str, Sequence[tuple[str, str]]], name: str) -> datetime:
    parameters, value = properties.get(name, (("", ""),))[0]
    place = re.search(r"TZID=\"?([^;\"]+)", parameters)
    try:
        local = datetime.strptime(value.removesuffix("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 - the zone follows
        if value.endswith("Z"):
            return local.replace(tzinfo=UTC)
        if place is not None:
            return local_instant(local, place[1], name)
    except (ValueError, InvalidInput) as malformed:
        raise Unreadable(f"{name}: '{value}' is no instant") from malformed
    raise Unreadable(f"{name}: '{value}' has no zone")
