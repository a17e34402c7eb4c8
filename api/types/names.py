"""The types by name, for fields that point at each other across modules: resolved when the schema is built."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

if TYPE_CHECKING:
    from api.types.configuration import ConfigurationItem
    from api.types.incident import Incident
    from api.types.people import Person, Team

AConfigurationItem: TypeAlias = Annotated["ConfigurationItem", strawberry.lazy("api.types.configuration")]
AnIncident: TypeAlias = Annotated["Incident", strawberry.lazy("api.types.incident")]
APerson: TypeAlias = Annotated["Person", strawberry.lazy("api.types.people")]
ATeam: TypeAlias = Annotated["Team", strawberry.lazy("api.types.people")]
