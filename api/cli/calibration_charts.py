"""The charts of the calibration page as SVG: no script, every mark with its words for whoever points at it."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

Report = Mapping[str, Any]
Point = tuple[float, float]

WIDTH, HEIGHT = 440, 330
LEFT, RIGHT, TOP, BOTTOM = 50, 26, 12, 44
FULL_SCALES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Where an axis of shares may end."""

ROW = 30
"""Height of one factor in the chart of weights."""


def reliability_chart(trial: Report) -> str:
    """Return what was predicted against what happened, a dot for each tenth of the changes with its 95 % bounds."""
    bins = trial["reliability"]
    widest = max(max(found["mean_probability"], found["rate"]) for found in bins)
    most = next(scale for scale in FULL_SCALES if scale >= min(1.0, widest * 1.05))
    drawn = [_line("even", (0.0, 0.0), (1.0, 1.0))]
    for found in bins:
        x = found["mean_probability"] / most
        told = f"{found['mean_probability']:.1%} predicted, {found['positives']} of {found['count']} failed"
        bounds = f"95 % bounds {found['low']:.1%} to {found['high']:.1%}"
        drawn.append(
            f"<g>{_line('bound', (x, min(1.0, found['low'] / most)), (x, min(1.0, found['high'] / most)))}"
            f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(found["rate"] / most):.1f}" r="5"/>'
            f"<title>{told}, {bounds}</title></g>"
        )
    spoken = "Predicted against observed failure rate for ten groups of changes."
    return _plot(drawn, most, spoken, "predicted to fail", "did fail")


def capture_chart(trial: Report) -> str:
    """Return which share of the failures is found when the riskiest changes are looked at first."""
    drawn = [
        _line("even", (0.0, 0.0), (1.0, 1.0)),
        _line("mark", (0.1, 0.0), (0.1, 1.0)),
        f'<text class="note" x="{_x(0.1) + 6:.1f}" y="{_y(0.04):.1f}">the riskiest tenth</text>',
        _polyline("base", trial["baseline_capture"]),
        _polyline("fit", trial["capture"]),
    ]
    spoken = "Share of failures found against share of changes looked at."
    return _plot(drawn, 1.0, spoken, "changes looked at, riskiest first", "failures found")


def weights_chart(factors: Sequence[Report], names: Mapping[str, str]) -> str:
    """Return shipped and fitted weight of every factor on one scale; a muted factor has no fitted one."""
    left, width = 236, 380
    most = max(max(factor["shipped"], factor["weight"]) for factor in factors) * 1.08
    rows = []
    for place, factor in enumerate(factors):
        y = place * ROW + 16
        shipped, fitted = (left + width * factor[name] / most for name in ("shipped", "weight"))
        is_muted = factor["muted_reason"] is not None
        kind = "muted" if is_muted else ""
        told = factor["muted_reason"] or f"shipped {factor['shipped']:.2f}, fitted {factor['weight']:.2f}"
        value = "muted" if is_muted else f"{factor['weight']:.2f}"
        moved = "" if is_muted else f'<line class="moved" x1="{shipped:.1f}" y1="{y}" x2="{fitted:.1f}" y2="{y}"/>'
        dot = "" if is_muted else f'<circle class="dot" cx="{fitted:.1f}" cy="{y}" r="6"/>'
        rows.append(
            f'<g class="{kind}"><text x="{left - 14}" y="{y + 4}" text-anchor="end">'
            f"{escape(names.get(factor['code'], factor['code']))}</text>"
            f'<line class="rail" x1="{left}" y1="{y}" x2="{left + width}" y2="{y}"/>{moved}'
            f'<circle class="ring" cx="{shipped:.1f}" cy="{y}" r="5"/>{dot}'
            f'<text x="{left + width + 14}" y="{y + 4}">{value}</text><title>{escape(told)}</title></g>'
        )
    height = len(factors) * ROW
    spoken = "Shipped and fitted weight of every factor."
    return (
        f'<svg class="wide" viewBox="0 0 {left + width + 64} {height}" role="img" aria-label="{spoken}">'
        f"{''.join(rows)}</svg>"
    )


def _plot(drawn: Iterable[str], most: float, spoken: str, across: str, up: str) -> str:
    grid = "".join(
        f"{_line('grid', (share, 0.0), (share, 1.0))}{_line('grid', (0.0, share), (1.0, share))}"
        f'<text x="{_x(share):.1f}" y="{HEIGHT - BOTTOM + 17}" text-anchor="middle">{_percent(share * most)}</text>'
        f'<text x="{LEFT - 8}" y="{_y(share) + 4:.1f}" text-anchor="end">{_percent(share * most)}</text>'
        for share in (0.0, 0.25, 0.5, 0.75, 1.0)
    )
    middle = (TOP + HEIGHT - BOTTOM) / 2
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{spoken}">{grid}{"".join(drawn)}'
        f'<text class="axis" x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{across}</text>'
        f'<text class="axis" transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{up}</text></svg>'
    )


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"


def _polyline(name: str, points: Iterable[Sequence[float]]) -> str:
    drawn = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="{name}" points="{drawn}"/>'


def _line(name: str, start: Point, end: Point) -> str:
    (x1, y1), (x2, y2) = start, end
    ends = f'x1="{_x(x1):.1f}" y1="{_y(y1):.1f}" x2="{_x(x2):.1f}" y2="{_y(y2):.1f}"'
    return f'<line class="{name}" {ends}/>'


def _x(share: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * share


def _y(share: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share
