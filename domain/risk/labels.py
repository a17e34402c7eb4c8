"""What a finished change teaches: did it harm a service or not (ENGINES 1.3, label)."""

from dataclasses import dataclass

from domain.risk.params import DAY

MATURITY_SECONDS = 7 * DAY


@dataclass(frozen=True, slots=True)
class FinishedChange:
    """A closed change in epoch seconds.

    `is_failed` says that it closed unsuccessful or backed out with an effect on a service. `caused` holds, for each
    incident a person or a source attributes to it, when the incident opened and when the attribution was recorded.
    """

    started_at: int
    closed_at: int
    is_failed: bool
    caused: tuple[tuple[int, int], ...] = ()


def label(change: FinishedChange) -> tuple[float, int]:
    """Return y (1.0 harmed, 0.0 not) and the instant from which that could be known.

    An incident counts when it opened within seven days of the start; that a change did no harm is known once those
    seven days have passed and it is closed.
    """
    harms = [
        max(opened_at, recorded_at)
        for opened_at, recorded_at in change.caused
        if change.started_at <= opened_at < change.started_at + MATURITY_SECONDS
    ]
    if change.is_failed:
        harms.append(change.closed_at)
    if harms:
        return 1.0, min(harms)
    return 0.0, max(change.closed_at, change.started_at + MATURITY_SECONDS)
