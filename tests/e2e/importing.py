"""A program to be killed: the import command, with transactions so small that a kill comes between many of them."""

from api.cli import main
from api.imports import run

CHUNK = 50


def import_in_small_chunks(*arguments: str) -> None:
    run.CHUNK = CHUNK
    main(["import", *arguments])
