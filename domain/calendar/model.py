"""The stored business calendar: when an organisation, a service, a team or a person works."""

from dataclasses import dataclass, field


@dataclass(eq=False, kw_only=True)
class Calendar:
    """Weekly opening hours, holidays and extra days of one IANA zone.

    `weekly` holds spans `{"weekday": 0..6 (Monday 0), "start": "HH:MM", "end": "HH:MM"}`; an end at or before the
    start is on the next day, and "24:00" closes a full day. `holidays` are local dates "YYYY-MM-DD"; a span belongs
    to its start date. `peak_days` of a service are not here but on the service.
    """

    id: str
    external_id: str | None
    name: str
    time_zone: str
    weekly: list[dict[str, object]]
    holidays: list[str] = field(default_factory=list)
    is_organisation_default: bool = False
    version: int = 0
