"""`python -m bench [NAME...]`: every measurement, or only those named. See bench/README.md."""

import asyncio
import os
import sys
import time

from bench import assessments, fanout, floors, impact, impact_engine, processes, stack, waiting
from bench.estate import estate


async def engine() -> None:
    impact_engine.main()


FIGURES = {
    "engine": engine,
    "processes": processes.main,
    "impact": impact.main,
    "assessments": assessments.main,
    "waiting": waiting.main,
    "stack": stack.main,
    "fanout": fanout.main,
}
ON_THE_ESTATE = frozenset({"impact", "assessments", "waiting", "stack"})


def main() -> None:
    names = sys.argv[1:] or list(FIGURES)
    unknown = sorted(set(names) - FIGURES.keys())
    if unknown:
        sys.exit(f"bench: no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    began = time.perf_counter()
    if not ON_THE_ESTATE.isdisjoint(names):
        estate()
    for number, name in enumerate(names, start=1):
        others = os.getloadavg()[0]
        elapsed = time.perf_counter() - began
        print(f"[{number}/{len(names)}] {name}, after {elapsed:.0f} s, load {others:.1f}", flush=True)
        asyncio.run(FIGURES[name]())
        print(flush=True)
    if floors.summary():
        print("floors", *floors.summary(), sep="\n")
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
