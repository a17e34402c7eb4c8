"""Python clients: a generated one, and one that asks everything it can think of."""

import json
import re
import shutil

from tests.clients.conftest import HERE, PYTHON_CLIENTS, ROOT, Served, printed

BUILT = ROOT / "build" / "clients" / "generated"
USE = """
import asyncio, json, os
from headwater_client import Headwater, ProblemRaiseInput

async def use():
    headers = {"Authorization": "Bearer " + os.environ["HEADWATER_TOKEN"]}
    async with Headwater(os.environ["HEADWATER_ADDRESS"] + "/graphql", headers=headers) as client:
        agenda = await client.agenda()
        raised = await client.raise_problem(ProblemRaiseInput(title="Batch ends late"))
        refused = await client.raise_problem(ProblemRaiseInput(title=""))
        items = [item.change.number for meeting in agenda.cab_meetings.nodes for item in meeting.items.nodes]
        return {
            "items": items,
            "raised": raised.problem_raise.problem.title,
            "refused": [issue.path for issue in refused.problem_raise.issues],
        }

print(json.dumps(asyncio.run(use())))
"""


def test_a_generated_python_client_reads_the_agenda_and_raises_a_problem(served: Served) -> None:
    shutil.rmtree(BUILT, ignore_errors=True)
    BUILT.mkdir(parents=True)
    printed([str(PYTHON_CLIENTS / "ariadne-codegen"), "--config", "ariadne-codegen.toml"])
    told = printed([str(PYTHON_CLIENTS / "python"), "-c", USE], served.environment, folder=BUILT)
    seen = json.loads(told)
    assert len(seen["items"]) >= 9
    assert seen["raised"] == "Batch ends late"
    assert seen["refused"] == [["title"]]


def test_nothing_that_can_be_asked_is_a_fault_of_the_server(served: Served) -> None:
    command = [str(PYTHON_CLIENTS / "schemathesis"), "run", str(ROOT / "schema.graphql")]
    command += ["--url", f"{served.address}/graphql", "--header", f"Authorization: Bearer {served.token}"]
    command += ["--checks", "no_fault_of_the_server", "--phases", "fuzzing", "--max-examples", "6"]
    command += ["--generation-deterministic", "--suppress-health-check", "all"]
    told = printed(command, {"SCHEMATHESIS_HOOKS": "schemathesis_hooks", "PYTHONPATH": str(HERE)}, folder=BUILT.parent)
    counted = {name: int(number) for name, number in re.findall(r"(Selected|Tested): +(\d+)", told)}
    assert counted["Tested"] == counted["Selected"] > 100
