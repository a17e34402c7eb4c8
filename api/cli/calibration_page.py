"""The calibration report as one HTML page: no script, no font, nothing fetched; both curves drawn as SVG."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from api.cli.output import moment

Report = Mapping[str, Any]
Point = tuple[float, float]

SIDE, MARGIN = 320, 44
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c2733;
  background: #fff }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
table { border-collapse: collapse } td, th { padding: .15rem .8rem .15rem 0; text-align: left }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums }
th { border-bottom: 1px solid currentColor } figure { display: inline-block; margin: 0 2rem 1rem 0 }
svg { width: 25rem; max-width: 100% } text { font-size: 11px; fill: currentColor }
.axis { stroke: currentColor; fill: none } .even { stroke: #8896a4; stroke-dasharray: 4 4; fill: none }
.fit { stroke: #0b63c5; stroke-width: 2; fill: none } .dot { fill: #0b63c5 } .bound { stroke: #0b63c5; opacity: .45 }
.base { stroke: #b4540a; stroke-width: 2; fill: none }
@media (prefers-color-scheme: dark) { body { color: #dfe7ee; background: #14191f }
  .fit, .bound { stroke: #6fb1ff } .dot { fill: #6fb1ff } .base { stroke: #ffa75c } }
"""


def page(report: Report) -> str:
    """Return the page of a report given as JSON values."""
    trial = report["trial"]
    findings = "".join(f"<li>{escape(finding)}</li>" for finding in report["findings"])
    curves = (
        "" if trial is None else f"<h2>{_tried(trial)}</h2>{_reliability(trial)}{_capture(trial)}{_measures(trial)}"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Calibration {escape(report['version'])}</title><style>{STYLE}</style></head><body>"
        f"<h1>Calibration of the risk, {escape(report['version'])}</h1>"
        f"<p>As of {escape(moment(report['as_of']))}.</p><ul>{findings}</ul>{curves}"
        f"<h2>Weights</h2>{_factors(report)}<h2>Rates</h2>{_gates(report)}</body></html>\n"
    )


def _tried(trial: Report) -> str:
    return f"Tried on {trial['changes']} later changes, of which {trial['positives']} failed"


def _reliability(trial: Report) -> str:
    bins = trial["reliability"]
    most = max([0.05, *(max(found["mean_probability"], found["rate"]) for found in bins)]) * 1.15
    marks = "".join(
        f'<line class="bound" {_ends((x, found["low"] / most), (x, min(1.0, found["high"] / most)))}/>'
        f'<circle class="dot" cx="{_x(x):.1f}" cy="{_y(found["rate"] / most):.1f}" r="4">'
        f"<title>{found['positives']} of {found['count']} failed, {found['mean_probability']:.1%} predicted</title>"
        "</circle>"
        for found in bins
        for x in (found["mean_probability"] / most,)
    )
    line = _polyline("fit", [(found["mean_probability"] / most, found["rate"] / most) for found in bins])
    return _figure(
        "Reliability: what was predicted against what happened, with 95 % bounds; on the dashed line both agree.",
        f"{_diagonal()}{line}{marks}",
        "predicted to fail",
        "failed",
        most,
    )


def _capture(trial: Report) -> str:
    drawn = f"{_diagonal()}{_polyline('base', trial['baseline_capture'])}{_polyline('fit', trial['capture'])}"
    baseline = escape(trial["baseline"])
    caption = (
        "Capture: failures found when the riskiest changes are looked at first, "
        f"by the fit (blue) and by the {baseline} (orange)."
    )
    return _figure(caption, drawn, "changes looked at", "failures found", 1.0)


def _figure(caption: str, drawn: str, across: str, up: str, most: float) -> str:
    size = SIDE + 2 * MARGIN
    middle = MARGIN + SIDE / 2
    ticks = "".join(
        f'<text x="{_x(share):.1f}" y="{MARGIN + SIDE + 16}" text-anchor="middle">{share * most:.3g}</text>'
        f'<text x="{MARGIN - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{share * most:.3g}</text>'
        for share in (0.0, 0.5, 1.0)
    )
    return (
        f'<figure><svg viewBox="0 0 {size} {size}" role="img" aria-label="{caption}">'
        f'<path class="axis" d="M{MARGIN} {MARGIN}V{MARGIN + SIDE}H{MARGIN + SIDE}"/>{ticks}{drawn}'
        f'<text x="{middle}" y="{size - 8}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(12 {middle}) rotate(-90)" text-anchor="middle">{up}</text></svg>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _measures(trial: Report) -> str:
    rows = [
        (
            found["name"],
            f"{found['auc']:.3f}",
            _number(found["brier"], ".4f"),
            _number(found["brier_skill"], "+.3f"),
            _number(found["calibration_error"], ".3f"),
            f"{found['captured']:.0%}",
        )
        for found in trial["measures"]
    ]
    return _table(("predicted by", "AUC", "Brier", "Brier skill", "ECE", "failures in the riskiest 10 %"), rows)


def _factors(report: Report) -> str:
    rows = [
        (
            found["code"],
            f"{found['shipped']:.2f}",
            escape(found["muted_reason"] or f"{found['weight']:.2f}"),
            f"{found['typical']:z.2f}",
            f"{found['known']} of {report['changes']}",
            f"{found['assessed']}",
        )
        for found in report["factors"]
    ]
    return _table(("factor", "shipped", "fitted", "typical", "known in", "from a stored assessment"), rows)


def _gates(report: Report) -> str:
    rows = [
        (
            found["code"],
            "muted" if found["pseudo_count"] is None else f"{found['pseudo_count']:.0f}",
            f"{found['loss']:.4f}" if found["is_tried"] else "not tried",
            f"{found['parent_loss']:.4f}",
            f"{found['positives']} of {found['changes']}",
        )
        for found in report["gates"]
    ]
    return _table(("rate", "pseudo-count", "log-loss", "log-loss without it", "failed"), rows)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th class="{"n" if place else ""}">{name}</th>' for place, name in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f'<td class="{"n" if place else ""}">{cell}</td>' for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _polyline(name: str, points: Iterable[Sequence[float]]) -> str:
    drawn = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="{name}" points="{drawn}"/>'


def _diagonal() -> str:
    return f'<line class="even" {_ends((0.0, 0.0), (1.0, 1.0))}/>'


def _ends(start: Point, end: Point) -> str:
    return f'x1="{_x(start[0]):.1f}" y1="{_y(start[1]):.1f}" x2="{_x(end[0]):.1f}" y2="{_y(end[1]):.1f}"'


def _x(share: float) -> float:
    return MARGIN + SIDE * share


def _y(share: float) -> float:
    return MARGIN + SIDE * (1 - share)


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
