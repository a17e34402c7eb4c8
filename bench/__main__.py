"""`python -m bench [NAME...]`: every measurement, or only those named. See bench/README.md."""

import asyncio
import sys

from bench import assessments, fanout, impact, impact_engine, processes, projected, waiting


async def engine() -> None:
    impact_engine.main()


FIGURES = {
    "engine": engine,
    "processes": processes.main,
    "impact": impact.main,
    "assessments": assessments.main,
    "waiting": waiting.main,
    "graph": projected.main,
    "fanout": fanout.main,
}


def main() -> None:
    names = sys.argv[1:] or list(FIGURES)
    unknown = sorted(set(names) - FIGURES.keys())
    if unknown:
        sys.exit(f"bench: no figure {', '.join(unknown)}; there are {', '.join(FIGURES)}")
    for name in names:
        asyncio.run(FIGURES[name]())
        print(flush=True)


if __name__ == "__main__":
    main()
