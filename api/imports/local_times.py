"""Times as logs write them: without a zone, day or year first."""

from datetime import datetime

from api.imports.columns import Unreadable
from domain.kernel.errors import InvalidInput
from domain.kernel.time import local_instant

FORMS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d-%m-%Y %H:%M:%S",
    "%d-%m-%Y %H:%M",
)


def local_time(cell: str, time_zone: str) -> datetime:
    """Read a local time of that zone as an instant; one with an offset of its own keeps it.

    A time that the clock shows twice means the first, one that it jumps over is `Unreadable`.
    """
    said = _parsed(cell.strip())
    try:
        return local_instant(said, time_zone, "") if said.tzinfo is None else said
    except InvalidInput as refusal:
        raise Unreadable(refusal.issues[0].message) from refusal


def _parsed(text: str) -> datetime:
    for form in FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the zone is added by the caller
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError as malformed:
        raise Unreadable("must be a time such as 29/2/2016 01:16 or 2016-02-29 01:16:00") from malformed
