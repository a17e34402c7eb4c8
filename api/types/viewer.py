"""Who is asking, as GraphQL shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import strawberry

from api.fields import column, sourced
from api.lookahead import Asking, Selected
from api.relations import One
from api.types.names import APerson
from domain.kernel.actor import Role
from domain.kernel.page import Row


@strawberry.type(description="Whoever asks: a person or a program.")
class Viewer:
    """Made from the actor of the request."""

    noun: ClassVar[str] = "viewer"

    name: str = column("Name of the person or of the service account.")
    roles: list[Role] = column("Duties, by name.")
    permissions: list[str] = column("What these duties permit, e.g. change:decide.")
    person: APerson | None = sourced("The person; null for a program that acts for nobody.", One("person_id"))


@dataclass(frozen=True, slots=True)
class Viewing:
    """The root field about whoever asks."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Nothing: a root field has no parent."""
        return ()

    async def fetch(self, asking: Asking, parents: Sequence[Row], selected: Selected) -> Sequence[Any]:
        """Return the viewer."""
        actor = asking.actor
        row = {
            "name": actor.name,
            "roles": sorted(actor.roles),
            "permissions": sorted(permission.value for permission in actor.permissions),
            "person_id": actor.person_id,
        }
        return await asking.plan(selected.type, selected.nodes).build(asking, [row] * len(parents))
