"""The calibration report as one HTML page for a change manager: the verdict first, then the curves, then the figures.

It fetches nothing and runs nothing: it can be mailed, printed, and read in ten years.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from api.cli.calibration_charts import capture_chart, reliability_chart, weights_chart
from api.cli.output import moment
from domain.risk.factors import FACTOR_BY_CODE

Report = Mapping[str, Any]

STYLE = (Path(__file__).parent / "calibration.css").read_text(encoding="utf-8")
NAMES = {code: factor.label for code, factor in FACTOR_BY_CODE.items()}
WORDS = (
    ("Weight", "how much one step of a factor moves the odds of failing; none is ever negative."),
    ("Typical", "the value of the usual change: a factor at its typical value costs no points."),
    ("AUC", "the chance that a failed change was ranked above one that did not fail; 0.5 is a coin."),
    ("Brier", "mean squared distance between what was predicted and what happened; less is better."),
    (
        "Brier skill",
        "what is gained over always saying the organisation's rate; at two percent failures +0.02 is good.",
    ),
    ("ECE", "how far predicted and observed rates lie apart on average."),
    ("95 % bounds", "where the figure lies 95 times in a hundred; few failures make them wide."),
    ("Muted", "the factor predicted no better than what it refines, so it counts nothing."),
)


def page(report: Report) -> str:
    """Return the page of a report given as JSON values."""
    version, trial = escape(report["version"]), report["trial"]
    tried = "" if trial is None else _trial(trial)
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Calibration {version}</title><style>{STYLE}</style></head><body><header>"
        f"<p class='eyebrow'>Headwater · fit {version} · as of {escape(moment(report['as_of']))}</p>"
        f"<h1>How far the risk can be believed</h1>{_verdict(report)}</header>"
        f"<section class='cards'>{''.join(_cards(report))}</section>{tried}"
        f"<section><h2>What was learnt</h2>{_weights(report)}</section>"
        f"<section><h2>Rates that had to earn their place</h2>{_gates(report)}</section>"
        f"<section><h2>What may be said, and what may not</h2>{_list(report['findings'])}</section>"
        f"<footer><h2>Words</h2><dl>{_words()}</dl></footer></body></html>\n"
    )


def _verdict(report: Report) -> str:
    trial = report["trial"]
    if report["is_calibrated"] and trial is not None and not _is_level(trial):
        return (
            "<p class='verdict fair'><b>Calibrated, but the level did not fit.</b> On later changes the predicted and "
            "the observed rate lie further apart than chance explains: trust the ranking more than the percentages.</p>"
        )
    if report["is_calibrated"]:
        return "<p class='verdict good'><b>Calibrated.</b> Probabilities of failing may be read as such.</p>"
    return (
        "<p class='verdict fair'><b>Not calibrated.</b> The ranking helps; a probability is not to be taken at its "
        "word before 300 changes have matured and 10 of them went wrong.</p>"
    )


def _cards(report: Report) -> Iterator[str]:
    yield _card(f"{report['changes']:,}", "changes learnt from", f"{report['positives']:,} of them went wrong")
    trial = report["trial"]
    if trial is None:
        yield _card("–", "tried on later changes", "no quarter has both outcomes: nothing is claimed")
        return
    level = "inside" if _is_level(trial) else "outside"
    yield _card(
        f"{trial['mean_probability']:.1%}",
        "predicted to fail, on average",
        f"{trial['rate']:.1%} did; {level} the 95 % bounds {trial['rate_low']:.1%} to {trial['rate_high']:.1%}",
        "good" if level == "inside" else "poor",
    )
    fitted = trial["measures"][0]
    yield _card(
        f"{fitted['captured']:.0%}",
        "of failures in the riskiest tenth",
        f"chance would find 10%; tried on {trial['changes']:,} later changes",
        "good" if fitted["captured"] > 0.1 else "poor",
    )
    gain = trial["gain"]
    is_proved = gain["low"] > 0
    yield _card(
        f"{gain['value']:+.3f}",
        "AUC gained over the baseline",
        f"{'proved' if is_proved else 'not proved'}: 95 % between {gain['low']:+.3f} and {gain['high']:+.3f}",
        "good" if is_proved else "fair",
    )


def _is_level(trial: Report) -> bool:
    return bool(trial["rate_low"] <= trial["mean_probability"] <= trial["rate_high"])


def _card(figure: str, what: str, told: str, mood: str = "") -> str:
    return f"<div class='card {mood}'><b>{figure}</b><span>{what}</span><small>{escape(told)}</small></div>"


def _trial(trial: Report) -> str:
    told = (
        f"Four times the risk was fitted as it would have been at the start of a quarter, and then predicted that "
        f"quarter: {trial['changes']:,} changes it had not seen, of which {trial['positives']:,} failed."
    )
    baseline = escape(trial["baseline"])
    return (
        f"<section><h2>Tried on what came later</h2><p>{told}</p><div class='figures'>"
        f"<figure><h3>Does a risk of ten percent fail one time in ten?</h3>{reliability_chart(trial)}<figcaption>Each "
        "dot is a tenth of the changes, the line its 95 % bounds. On the dashed line prediction and outcome agree."
        f"</figcaption></figure><figure><h3>Do the riskiest changes hold the failures?</h3>{capture_chart(trial)}"
        "<figcaption><span class='key fit'>fitted risk</span><span class='key base'>"
        f"{baseline}</span><span class='key even'>chance</span></figcaption></figure></div>{_measures(trial)}</section>"
    )


def _measures(trial: Report) -> str:
    rows = [
        (
            found["name"],
            f"{found['captured']:.0%}",
            f"{found['auc']:.3f}",
            _number(found["brier"], ".4f"),
            _number(found["brier_skill"], "+z.3f"),
            _number(found["calibration_error"], ".3f"),
        )
        for found in trial["measures"]
    ]
    return _table(("Predicted by", "Failures in the riskiest tenth", "AUC", "Brier", "Brier skill", "ECE"), rows)


def _weights(report: Report) -> str:
    factors = report["factors"]
    rows = [
        (
            NAMES.get(found["code"], found["code"]),
            f"{found['shipped']:.2f}",
            escape(found["muted_reason"]) if found["muted_reason"] else f"{found['weight']:.2f}",
            f"{found['typical']:z.2f}",
            f"{found['known']:,} of {report['changes']:,}",
            f"{found['assessed']:,}",
        )
        for found in factors
    ]
    columns = ("Factor", "Shipped", "Fitted", "Typical", "Known in", "From a stored assessment")
    return (
        "<p><span class='key ring'>shipped weight</span><span class='key dot'>fitted weight</span> A factor known of "
        f"no change keeps its shipped weight.</p>{weights_chart(factors, NAMES)}"
        f"<details><summary>The figures</summary>{_table(columns, rows)}</details>"
    )


def _gates(report: Report) -> str:
    rows = [
        (
            NAMES.get(found["code"], found["code"]),
            "muted" if found["pseudo_count"] is None else f"as {found['pseudo_count']:.0f} changes",
            f"{found['loss']:.4f}" if found["is_tried"] else "not tried",
            f"{found['parent_loss']:.4f}",
            f"{found['positives']:,} of {found['changes']:,}",
        )
        for found in report["gates"]
    ]
    told = (
        "A rate counts only where it predicts better than the one above it, month by month over the last year. Small "
        f"samples lean on that one; what is {report['half_life_days']:.0f} days old weighs half."
    )
    columns = ("Rate", "Leans on the rate above", "Log-loss", "Log-loss without it", "Failed")
    return f"<p>{told}</p>{_table(columns, rows)}"


def _list(lines: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(line)}</li>' for line in lines)}</ul>"


def _words() -> str:
    return "".join(f"<dt>{word}</dt><dd>{told}</dd>" for word, told in WORDS)


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    head = "".join(f'<th class="{"n" if place else ""}">{name}</th>' for place, name in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f'<td class="{"n" if place else ""}">{cell}</td>' for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f"<div class='scroll'><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else format(value, form)
