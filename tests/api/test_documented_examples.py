"""The schema accepts every GraphQL example of the documentation; those that need nothing of the reader are run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import OperationType, parse, validate

from api.schema import build_schema
from domain.kernel.actor import SYSTEM, Role
from tests.api.desk import Desk, somebody
from tests.api.estate import hold_estate

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs" / "guide").rglob("*.md")), ROOT / "docs" / "import.md"]
EXAMPLE = re.compile(r"```graphql\n(.*?)```\n*(?:```json\n(.*?)```)?", re.DOTALL)


def examples() -> Iterator[tuple[str, str, str]]:
    for page in PAGES:
        for place, (text, variables) in enumerate(EXAMPLE.findall(page.read_text(encoding="utf-8")), 1):
            yield f"{page.relative_to(ROOT)} {place}", text, variables


EXAMPLES = list(examples())
NAMES = [name for name, _, _ in EXAMPLES]


@pytest.mark.parametrize(("text", "variables"), [example[1:] for example in EXAMPLES], ids=NAMES)
async def test_an_example_is_accepted_and_answered(desk: Desk, text: str, variables: str) -> None:
    assert validate(build_schema()._schema, parse(text)) == []
    if not _can_be_run(text, variables):
        return
    await hold_estate(desk)
    async with desk.ports.work(SYSTEM) as work:
        for series in ("INC", "PRB", "CHG"):
            await work.keep_clear_of(series, 1_000)
        await work.commit()
    administrator = somebody(Role.ADMINISTRATOR, person_id="staff")
    answer = await desk.ask(text, administrator, **json.loads(variables or "{}"))
    assert answer.errors == []
    assert [root for root, found in answer.data.items() if "code" in (found or ())] == []


def _can_be_run(text: str, variables: str) -> bool:
    """Whether it is a query or mutation whose variables, if it needs any, are given beside it."""
    [operation] = parse(text).definitions[:1]
    is_answered = operation.operation is not OperationType.SUBSCRIPTION
    return is_answered and bool(variables or not operation.variable_definitions)
