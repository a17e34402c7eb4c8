"""`headwater schema`: the GraphQL schema as text, and what it would break for clients of an earlier one."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
from graphql import GraphQLError
from graphql import build_schema as schema_of

from api.cli.output import complain
from api.compatibility import bare as without_descriptions
from api.compatibility import breaking_changes, dangerous_changes
from domain.kernel.errors import InvalidInput
from domain.kernel.time import SystemClock

SCHEMA_FILE = Path("schema.graphql")


def schema(
    write: Annotated[bool, typer.Option("--write", help=f"Write it to {SCHEMA_FILE} instead of printing it.")] = False,
    bare: Annotated[bool, typer.Option("--bare", help="Print it without descriptions, as a release keeps it.")] = False,
    compare: Annotated[
        Path | None,
        typer.Option(help="Say what the schema changes for clients of the one in this file; 1 if it breaks."),
    ] = None,
) -> None:
    """Print the GraphQL schema."""
    # Imported here only: no other command should wait for the whole schema to be built.
    text: str = import_module("api.schema").printed_schema()
    if compare is not None:
        raise typer.Exit(_compared(compare, text))
    if bare:
        text = without_descriptions(text)
    if write:
        SCHEMA_FILE.write_text(text, encoding="utf-8")
        complain(f"wrote {SCHEMA_FILE}")
    else:
        sys.stdout.write(text)


def _compared(file: Path, text: str) -> int:
    """Print the differences that matter to clients; return the exit status."""
    try:
        old, new = schema_of(file.read_text(encoding="utf-8")), schema_of(text)
    except (OSError, UnicodeDecodeError) as unreadable:
        raise InvalidInput.at("--compare", f"'{file}' cannot be read: {unreadable}") from unreadable
    except (GraphQLError, TypeError) as malformed:
        raise InvalidInput.at("--compare", f"'{file}' is no GraphQL schema: {malformed}") from malformed
    breaking = breaking_changes(old, new, SystemClock().now().date())
    for kind, changes in (("breaking", breaking), ("dangerous", dangerous_changes(old, new))):
        for change in changes:
            sys.stdout.write(f"{kind}  {change.description}\n")
    return 1 if breaking else 0
