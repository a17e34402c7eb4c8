"""Documents drawn at random: wherever `@defer` stands in them, the parts make the answer that comes at once."""

import random
from collections.abc import Callable
from pathlib import Path

from tests.api.parts import NEWER, OLDER, asked, deferring, errors_of, joined, parts_of

FIELDS: dict[str, dict[str, str | None]] = {
    "Query": {"viewer": "Viewer", "incidents": "IncidentConnection", "people": "PersonConnection"},
    "Viewer": {"name": None, "roles": None},
    "IncidentConnection": {"nodes": "Incident", "totalCount": None},
    "PersonConnection": {"nodes": "Person"},
    "ConfigurationItemConnection": {"nodes": "ConfigurationItem"},
    "Incident": {
        "number": None,
        "state": None,
        "reporter": "Person",
        "configurationItems": "ConfigurationItemConnection",
    },
    "Person": {"name": None, "email": None, "delegate": "Person"},
    "ConfigurationItem": {"name": None, "owner": "Person", "incidents": "IncidentConnection"},
}


def drawn_document(dice: random.Random) -> str:
    """Return a document whose fragments, named and not, come later where the dice say so."""
    fragments: dict[str, str] = {}

    def selection(on: str, depth: int) -> str:
        parts = []
        for _ in range(dice.randint(1, 4)):
            defer = dice.choice(["", "@defer", "@defer", "@defer(if: false)"])
            match dice.randint(0, 3):
                case 0 if depth:
                    parts.append(f"... on {on} {defer} {selection(on, depth - 1)}")
                case 1 if depth:
                    name = f"{on}{dice.randint(0, 1)}"
                    if name not in fragments:
                        fragments[name] = ""  # what is being drawn spreads itself in none of its parts
                        fragments[name] = f"fragment {name} on {on} {selection(on, min(depth - 1, 1))}"
                    parts.append(f"...{name} {defer}" if fragments[name] else "__typename")
                case _:
                    field, below = dice.choice(list(FIELDS[on].items()))
                    if below is None:
                        parts.append(field)
                    elif depth:
                        parts.append(f"{field} {selection(below, depth - 1)}")
        return f"{{ {' '.join(parts or ['__typename'])} }}"

    text = selection("Query", 6)
    return " ".join([text, *fragments.values()])


async def test_wherever_fragments_come_later_the_answer_is_the_same(
    tmp_path: Path, worlds: Callable[[int], int]
) -> None:
    async with deferring(tmp_path) as server:
        in_parts = 0
        for seed in range(worlds(300)):
            text = drawn_document(random.Random(seed))
            whole = (await asked(server, text, "application/json")).json()
            if any("LIMIT_EXCEEDED" in str(error) for error in whole.get("errors", ())):
                continue
            assert "errors" not in whole, (text, whole["errors"])
            response = await asked(server, text, f"{(OLDER, NEWER)[seed % 2]}, application/json")
            if "json" in response.headers["content-type"]:
                assert response.json()["data"] == whole["data"], text
            else:
                parts = parts_of(response.text)
                assert errors_of(parts) == [], text
                assert joined(parts) == whole["data"], text
                in_parts += 1
        assert in_parts > 10
