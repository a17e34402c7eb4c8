"""`python -m bench [NAME...] [--scale SHARE]`: every measurement, or only those named. See bench/README.md."""

import argparse
import asyncio
import os
import time
from functools import partial

from bench import assessments, fanout, floors, impact, impact_engine, processes, query, stack, waiting
from bench.estate import estate


async def engine() -> None:
    impact_engine.main()


FIGURES = {
    "engine": engine,
    "processes": processes.main,
    "impact": impact.main,
    "assessments": assessments.main,
    "waiting": waiting.main,
    "query": query.main,
    "stack": stack.main,
    "fanout": fanout.main,
}
ON_THE_ESTATE = frozenset({"impact", "assessments", "waiting", "stack"})


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure, side by side in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(FIGURES)}; all without any")
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full data of `query`, e.g. 0.02")
    given = parser.parse_args()
    names = given.names or list(FIGURES)
    unknown = sorted(set(names) - FIGURES.keys())
    if unknown:
        parser.error(f"no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    figures = FIGURES | {"query": partial(query.main, given.scale)}
    began = time.perf_counter()
    if not ON_THE_ESTATE.isdisjoint(names):
        estate()
    for number, name in enumerate(names, start=1):
        others = os.getloadavg()[0]
        elapsed = time.perf_counter() - began
        print(f"[{number}/{len(names)}] {name}, after {elapsed:.0f} s, load {others:.1f}", flush=True)
        asyncio.run(figures[name]())
        print(flush=True)
    if floors.summary():
        print("floors", *floors.summary(), sep="\n")
    print(f"{time.perf_counter() - began:.0f} s in all")


if __name__ == "__main__":
    main()
