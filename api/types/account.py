"""Accounts of programs as GraphQL shows them; the hash of a token is not among what is shown."""

from datetime import datetime
from typing import ClassVar

import strawberry

from api.fields import column, computed, sourced
from api.relations import One
from api.relay import Node, global_id
from api.types.people import Person
from api.types.references import reference_input
from api.viewing import until_ended, viewer_can
from domain.kernel.actor import Role
from domain.kernel.duties import RecordAct


@strawberry.type(description="What a bearer token stands for: a program, or a person by a program.")
class ServiceAccount(Node):
    """Rows of the noun `service_account`."""

    noun: ClassVar[str] = "service_account"

    id: strawberry.ID = global_id("ServiceAccount")
    name: str = column("Name of the account.")
    role: Role = column("Duties of whoever uses it.")
    scope: list[str] = computed(
        "Permissions that its token is confined to, e.g. incident:write; empty: everything that the role permits.",
        ("scope",),
        lambda scope: [permission.value for permission in scope],
    )
    created_at: datetime = column("When it was made.")
    expires_at: datetime | None = column("When its token ends; null: when it is revoked.")
    revoked_at: datetime | None = column("Since when its tokens are refused; null while they are good.")
    previous_token_ends_at: datetime | None = column(
        "Until when the token before the present one is good; null when there was none.", "previous_valid_until"
    )
    last_used_at: datetime | None = column(
        "When a token of it was last used, to the hour; null when none ever was.", "used_at"
    )
    version: int = column("Version to give back with the next act on it.")
    viewer_can: list[RecordAct] = viewer_can("service_account", ("revoked_at",), until_ended)
    person: Person | None = sourced("The person it acts for; null when it acts for nobody.", One("actor_person_id"))


ServiceAccountRef = reference_input("ServiceAccount", "id")
