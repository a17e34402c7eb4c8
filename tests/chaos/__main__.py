"""`python -m tests.chaos --kills 60 --seed 1`: prints counts; status 1 when anything was lost, doubled or stuck."""

import argparse
import asyncio
import sys
from pathlib import Path

from tests.chaos.run import run

FOLDER = Path(__file__).resolve().parents[2] / "build" / "chaos"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-neo4j", action="store_true")
    given = parser.parse_args()
    outcome = asyncio.run(run(given.kills, given.seed, FOLDER, with_neo4j=not given.without_neo4j))
    print(f"kills: {outcome.kills.total()}")
    for name, count in sorted(outcome.kills.items()):
        print(f"  {name}: {count}")
    for name, count in outcome.counts.items():
        print(f"{name}: {count:,}")
    for wrong in outcome.wrong:
        print(f"WRONG: {wrong}")
    print("nothing was lost, doubled or stuck" if not outcome.wrong else f"{len(outcome.wrong)} violations")
    return 1 if outcome.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
