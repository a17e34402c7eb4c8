"""`python -m api.cli` is `headwater`."""

from api.cli import main

main()
