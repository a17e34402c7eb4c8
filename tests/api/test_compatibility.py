"""What clients were promised by the last release is kept, or was announced in time (SCHEMA rule 13)."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from graphql import build_schema

from api.compatibility import bare, breaking_changes, dangerous_changes
from api.schema import printed_schema

RELEASED = Path(__file__).parents[2] / "docs" / "schema" / "released.graphql"
TODAY = date(2026, 11, 28)
OLD = """
type Query {
  change(id: ID!, depth: Int! = 3): Change
  old: Int @deprecated(reason: "Use `change`. Removal on 2026-11-28.")
  older(by: Int @deprecated(reason: "Nobody used it. Removal on 2026-01-01.")): Int
  later: Int @deprecated(reason: "Use `change`. Removal on 2026-11-29.")
}
type Change { number: String! state: State! }
enum State { NEW OPEN @deprecated(reason: "Removal on 2026-01-01.") }
input Filter { state: State! = NEW, number: String }
"""


def broken(old: str, new: str) -> list[str]:
    return [change.kind for change in breaking_changes(build_schema(OLD), build_schema(OLD.replace(old, new)), TODAY)]


def test_the_schema_breaks_nothing_of_the_last_release() -> None:
    released = build_schema(RELEASED.read_text(encoding="utf-8"))
    assert breaking_changes(released, build_schema(printed_schema()), datetime.now(UTC).date()) == []


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("number: String! state", "state", "FIELD_REMOVED"),
        ("number: String! state", "number: String state", "FIELD_CHANGED_KIND"),
        ("id: ID!, depth", "depth", "ARG_REMOVED"),
        ("id: ID!, depth", "id: ID!, by: Int!, depth", "REQUIRED_ARG_ADDED"),
        ("depth: Int! = 3", "depth: Int!", "DEFAULT_REMOVED"),
        ("state: State! = NEW", "state: State!", "DEFAULT_REMOVED"),
        ("number: String }", "number: String!}", "FIELD_CHANGED_KIND"),
        ("enum State { NEW ", "enum State { RAISED ", "VALUE_REMOVED_FROM_ENUM"),
        ('  later: Int @deprecated(reason: "Use `change`. Removal on 2026-11-29.")\n', "", "FIELD_REMOVED"),
    ],
)
def test_what_breaks_clients_is_found(old: str, new: str, kind: str) -> None:
    assert kind in broken(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('  old: Int @deprecated(reason: "Use `change`. Removal on 2026-11-28.")\n', ""),
        ('(by: Int @deprecated(reason: "Nobody used it. Removal on 2026-01-01."))', ""),
        (' OPEN @deprecated(reason: "Removal on 2026-01-01.")', ""),
        ("depth: Int! = 3", "depth: Int! = 4"),
        ("type Change {", "type Change { title: String!"),
    ],
)
def test_what_was_announced_and_is_due_may_go_and_additions_are_free(old: str, new: str) -> None:
    assert old in OLD
    assert broken(old, new) == []


def test_what_may_surprise_a_client_is_told_apart() -> None:
    new = build_schema(OLD.replace("enum State { NEW", "enum State { HELD NEW"))
    [change] = dangerous_changes(build_schema(OLD), new)
    assert change.kind == "VALUE_ADDED_TO_ENUM"


def test_a_release_is_kept_without_its_words() -> None:
    text = '"A change."\ntype Change {\n  "Its number."\n  number: String!\n}'
    assert bare(text) == "type Change {\n  number: String!\n}\n"
