"""`headwater calibration`: what the risk is calibrated on, how good it was on later changes, and what is not proved."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.calibration_page import page
from api.cli.output import moment, print_json, say, table
from api.cli.session import AsOfOption, DatabaseOption, JsonOption, instant_of, opened, run
from domain.kernel.actor import SYSTEM
from domain.kernel.errors import InvalidInput, NotFound
from domain.kernel.image import as_json
from domain.kernel.time import FixedClock
from domain.ports import Ports
from domain.usecases.fitting import RiskVersion, fitted_now, propose_fit, risk_versions
from domain.usecases.policies import RISK, SHIPPED_NUMBER, activate

Report = dict[str, Any]
"""A calibration report as JSON values, fresh or as it was stored with its version."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A report with the version it belongs to, whether that is stored, and the version in use."""

    number: int
    is_stored: bool
    active: int
    versions: tuple[RiskVersion, ...]
    report: Report


def calibration(
    *,
    number: Annotated[
        int | None, typer.Option("--number", min=1, help="Show the report a stored version was proposed with.")
    ] = None,
    is_json: JsonOption = False,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the report with its curves as one page.")
    ] = None,
    is_fit: Annotated[bool, typer.Option("--fit", help="Keep the fit as a candidate; it is not in use yet.")] = False,
    activated: Annotated[
        int | None,
        typer.Option("--activate", metavar="NUMBER", min=0, help="Put a version to use; 0 is the shipped one."),
    ] = None,
    as_of: AsOfOption = None,
    database: DatabaseOption = None,
) -> None:
    """Fit the risk to the record and say how far it can be believed; nothing is stored without --fit or --activate."""
    if as_of is not None and (is_fit or activated is not None):
        raise InvalidInput.at("--as-of", "looks back only: what is kept or put to use is fitted now")
    shown = run(_shown(database, number, as_of, is_fit=is_fit, activated=activated))
    if html is not None:
        html.write_text(page(shown.report), encoding="utf-8")
    if is_json:
        print_json({"number": shown.number, "stored": shown.is_stored, "active": shown.active, **shown.report})
    else:
        _print(shown)


async def _shown(
    database: str | None, number: int | None, as_of: str | None, *, is_fit: bool, activated: int | None
) -> Shown:
    async with opened(database) as runtime:
        ports = runtime.ports if as_of is None else replace(runtime.ports, clock=FixedClock(instant_of(as_of)))
        if is_fit:
            number = (await propose_fit(ports, SYSTEM)).number
        if activated is not None:
            await activate(ports, SYSTEM, RISK, activated)
            await runtime.drain()
            number = number or activated or None
        return await _report(ports, number)


async def _report(ports: Ports, number: int | None) -> Shown:
    versions = await risk_versions(ports, SYSTEM)
    active = next((version.number for version in versions if version.is_active), SHIPPED_NUMBER)
    if number is None:
        candidate = await fitted_now(ports, SYSTEM)
        return Shown(candidate.number, False, active, tuple(versions), as_json(candidate.report))
    stored = next((version for version in versions if version.number == number), None)
    if stored is None:
        raise NotFound("version of the risk parameters", str(number), "--number")
    return Shown(number, True, active, tuple(versions), stored.report)


def _print(shown: Shown) -> None:
    report = shown.report
    kept = "stored" if shown.is_stored else "not stored: --fit keeps it as a candidate"
    say(f"Fit {report['version']} of {moment(report['as_of'])} ({kept})")
    in_use = "the shipped weights" if shown.active == SHIPPED_NUMBER else f"version {shown.active}"
    say(f"In use: {in_use}. Stored versions: {', '.join(str(v.number) for v in shown.versions) or 'none'}.")
    say()
    for finding in report["findings"]:
        say(f"- {finding}")
    say()
    _print_factors(report)
    _print_gates(report)
    if report["trial"] is not None:
        _print_trial(report["trial"])


def _print_factors(report: Report) -> None:
    rows = [
        (
            factor["code"],
            f"{factor['shipped']:.2f}",
            "muted" if factor["muted_reason"] else f"{factor['weight']:.2f}",
            f"{factor['typical']:z.2f}",
            f"{factor['known']}",
            f"{factor['assessed']}",
        )
        for factor in report["factors"]
    ]
    columns = ("factor", "shipped", "fitted", "typical", "known in", "assessed in")
    table(f"Weights, over {report['changes']} changes", columns, rows, right=columns[1:])


def _print_gates(report: Report) -> None:
    rows = [
        (
            gate["code"],
            "muted" if gate["pseudo_count"] is None else f"{gate['pseudo_count']:.0f}",
            f"{gate['loss']:.4f}" if gate["is_tried"] else "not tried",
            f"{gate['parent_loss']:.4f}",
            f"{gate['positives']} of {gate['changes']}",
        )
        for gate in report["gates"]
    ]
    title = f"Rates, half-life {report['half_life_days']:.0f} days"
    table(title, ("rate", "shrunk by", "log-loss", "without it", "failed"), rows, right=("shrunk by",))


def _print_trial(trial: Report) -> None:
    rows = [
        (
            measures["name"],
            f"{measures['auc']:.3f}",
            _figure(measures["brier"], ".4f"),
            _figure(measures["brier_skill"], "+.3f"),
            _figure(measures["calibration_error"], ".3f"),
            f"{measures['captured']:.0%}",
        )
        for measures in trial["measures"]
    ]
    columns = ("predicted by", "AUC", "Brier", "skill", "ECE", "in top 10 %")
    title = f"Tried on {trial['changes']} later changes, {trial['positives']} failed"
    table(title, columns, rows, right=columns[1:])
    saved = trial["brier_gain"]
    say(
        f"Brier score saved against the rate of the type: {saved['value']:+.5f}, "
        f"95 % between {saved['low']:+.5f} and {saved['high']:+.5f}."
    )


def _figure(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)
