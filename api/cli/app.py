"""The command put together, and what becomes of everything a command may raise."""

import os
import sys
from collections.abc import Sequence

import typer

from api.cli import graph
from api.cli.agenda import agenda
from api.cli.backup import backup, restore
from api.cli.calibration import calibration
from api.cli.causes import causes
from api.cli.conflicts import conflicts
from api.cli.database import database
from api.cli.dead_letters import dead_letters
from api.cli.demo import demo
from api.cli.doctor import doctor
from api.cli.impact import impact
from api.cli.imports import import_
from api.cli.migrate_to import migrate_to
from api.cli.output import complain
from api.cli.replay import replay
from api.cli.risk import risk
from api.cli.schema import schema
from api.cli.serve import serve
from api.cli.token import token
from api.cli.worker import worker
from domain.kernel.errors import InvalidInput, NotFound, Refusal

WRONG_INPUT, FAULT, INTERRUPTED = 2, 70, 130

app = typer.Typer(
    name="headwater",
    help="IT service management that knows what is downstream.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("serve")(serve)
app.command("worker")(worker)
app.command("demo")(demo)
app.command("import")(import_)
app.command("risk")(risk)
app.command("impact")(impact)
app.command("conflicts")(conflicts)
app.command("agenda")(agenda)
app.command("calibration")(calibration)
app.command("causes")(causes)
app.command("replay")(replay)
app.add_typer(dead_letters)
app.command("schema")(schema)
app.command("token")(token)
app.command("backup")(backup)
app.command("restore")(restore)
app.command("doctor")(doctor)
app.add_typer(graph.app)
app.command("migrate-to")(migrate_to)
app.add_typer(database, name="database")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command and leave with its status; nobody is shown a trace who did not ask for one."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except Refusal as refusal:
        for line in _told(refusal):
            complain(line)
        sys.exit(WRONG_INPUT)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # Whoever read the output has seen enough; what is still buffered has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as fault:
        if os.environ.get("HEADWATER_DEBUG") == "1":
            raise
        complain(f"a fault of the program: {type(fault).__name__}: {fault} (HEADWATER_DEBUG=1 shows where)")
        sys.exit(FAULT)


def _told(refusal: Refusal) -> list[str]:
    if isinstance(refusal, InvalidInput):
        return [f"{issue.path}: {issue.message}" if issue.path else issue.message for issue in refusal.issues]
    if isinstance(refusal, NotFound) and refusal.path:
        return [f"{refusal.path}: {refusal.message}"]
    return [refusal.message]
