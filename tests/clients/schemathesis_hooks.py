"""What schemathesis needs to know of this API: how its scalars look, and what would be a fault of the server."""

import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes


def _texts(*values: str) -> st.SearchStrategy:
    return st.sampled_from(values).map(nodes.String)


schemathesis.graphql.scalar("Date", _texts("2026-11-28", "2024-02-29", "2026-02-30", "soon"))
schemathesis.graphql.scalar(
    "DateTime", _texts("2026-11-28T08:00:00Z", "2026-03-29T02:30:00+01:00", "2026-11-28T08:00:00")
)
schemathesis.graphql.scalar("LocalDateTime", _texts("2026-11-28T08:00:00", "2026-03-29T02:30:00", "2026-11-28"))
schemathesis.graphql.scalar("JSON", st.just({}).map(lambda _: nodes.Object(fields=())))


@schemathesis.check
def no_fault_of_the_server(ctx, response, case) -> None:
    """Whatever is asked is answered or refused: never a fault of the program."""
    assert response.status_code < 500, response.text
    codes = [error.get("extensions", {}).get("code") for error in response.json().get("errors", ())]
    assert "INTERNAL" not in codes, response.text
