"""The `headwater` command: tables or `--json`, messages on standard error, and a status that means something.

0: done. 1: the answer is no, or rows were rejected. 2: wrong usage or input. 70: a fault of the program.
"""

from api.cli.app import main

__all__ = ["main"]
