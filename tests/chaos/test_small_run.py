"""Six kills: one of each kind of process, as a part of every run on services; `make chaos` is the long one."""

from pathlib import Path

from tests.chaos.run import run


async def test_six_kills_lose_double_and_stop_nothing(tmp_path: Path) -> None:
    outcome = await run(6, 7, tmp_path, with_neo4j=False)
    assert outcome.kills.total() == 6
    assert outcome.wrong == []
