"""The floors that the product promises at the size of the bench estate, and whether this run held them."""

from dataclasses import dataclass

from bench.measuring import ms


@dataclass(frozen=True, slots=True)
class Verdict:
    """One floor with what was measured, both in seconds of the wall clock."""

    floor: str
    at_most: float
    measured: float

    @property
    def holds(self) -> bool:
        """Whether the floor was held."""
        return self.measured <= self.at_most


_VERDICTS: list[Verdict] = []


def judge(floor: str, at_most: float, measured: float) -> None:
    """Compare a figure with its floor and say so at once."""
    verdict = Verdict(floor, at_most, measured)
    _VERDICTS.append(verdict)
    print(_told(verdict), flush=True)


def summary() -> list[str]:
    """Return every verdict of this run, a line each."""
    return [_told(verdict) for verdict in _VERDICTS]


def _told(verdict: Verdict) -> str:
    word = "holds" if verdict.holds else "MISSED"
    return f"  floor  {verdict.floor:44} {ms(verdict.measured)}  of {ms(verdict.at_most)}  {word}"
