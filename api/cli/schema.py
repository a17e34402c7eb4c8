"""`headwater schema`: the GraphQL schema as text."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from api.cli.output import complain

SCHEMA_FILE = Path("schema.graphql")


def schema(
    write: Annotated[bool, typer.Option("--write", help=f"Write it to {SCHEMA_FILE} instead of printing it.")] = False,
) -> None:
    """Print the GraphQL schema."""
    # Imported here only: no other command should wait for the whole schema to be built.
    text: str = import_module("api.schema").printed_schema()
    if write:
        SCHEMA_FILE.write_text(text, encoding="utf-8")
        complain(f"wrote {SCHEMA_FILE}")
    else:
        sys.stdout.write(text)
