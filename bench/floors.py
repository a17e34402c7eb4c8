"""The floors that the product promises at the size it is measured at, and whether this run held them."""

from collections.abc import Callable
from dataclasses import dataclass

from bench.measuring import ms


@dataclass(frozen=True, slots=True)
class Verdict:
    """One floor, as people read it, and whether it was held."""

    floor: str
    measured: str
    bound: str
    holds: bool

    def __str__(self) -> str:
        word = "holds" if self.holds else "MISSED"
        return f"  floor  {self.floor:56} {self.measured:>11}  {self.bound:>20}  {word}"


_VERDICTS: list[Verdict] = []


def times(ratio: float) -> str:
    """Return a ratio for people."""
    return f"x {ratio:.2f}"


def at_most(floor: str, most: float, measured: float, told: Callable[[float], str] = ms) -> None:
    """Compare a figure, in seconds unless `told` says how it is written, with the most it may be."""
    _judge(Verdict(floor, told(measured).strip(), f"at most {told(most).strip()}", measured <= most))


def at_least(floor: str, least: float, measured: float, told: Callable[[float], str] = times) -> None:
    """Compare a figure, a ratio unless `told` says how it is written, with the least it may be."""
    _judge(Verdict(floor, told(measured).strip(), f"at least {told(least).strip()}", measured >= least))


def _judge(verdict: Verdict) -> None:
    _VERDICTS.append(verdict)
    print(verdict, flush=True)


def summary() -> list[str]:
    """Return every verdict of this run, a line each."""
    return [str(verdict) for verdict in _VERDICTS]
