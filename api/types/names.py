"""The types by name, for fields that point at each other across modules: resolved when the schema is built."""

from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

if TYPE_CHECKING:
    from api.types.board import AgendaItem, CabMeeting, CabSeries
    from api.types.change import Change
    from api.types.change_model import ChangeModel
    from api.types.change_parts import ChangePredecessor, ChangeTask
    from api.types.configuration import CiClass, ConfigurationItem, RedundancyGroup, Relation
    from api.types.conflict import Conflict
    from api.types.incident import Incident
    from api.types.people import Calendar, Person, Team
    from api.types.problem import Problem
    from api.types.risk import RiskAssessment
    from api.types.service import BusinessService
    from api.types.window import ChangeWindow, WindowExemption

ABusinessService: TypeAlias = Annotated["BusinessService", strawberry.lazy("api.types.service")]
ACabMeeting: TypeAlias = Annotated["CabMeeting", strawberry.lazy("api.types.board")]
ACabSeries: TypeAlias = Annotated["CabSeries", strawberry.lazy("api.types.board")]
ACalendar: TypeAlias = Annotated["Calendar", strawberry.lazy("api.types.people")]
AChange: TypeAlias = Annotated["Change", strawberry.lazy("api.types.change")]
AChangeModel: TypeAlias = Annotated["ChangeModel", strawberry.lazy("api.types.change_model")]
AChangePredecessor: TypeAlias = Annotated["ChangePredecessor", strawberry.lazy("api.types.change_parts")]
AChangeTask: TypeAlias = Annotated["ChangeTask", strawberry.lazy("api.types.change_parts")]
AChangeWindow: TypeAlias = Annotated["ChangeWindow", strawberry.lazy("api.types.window")]
ACiClass: TypeAlias = Annotated["CiClass", strawberry.lazy("api.types.configuration")]
AConfigurationItem: TypeAlias = Annotated["ConfigurationItem", strawberry.lazy("api.types.configuration")]
AConflict: TypeAlias = Annotated["Conflict", strawberry.lazy("api.types.conflict")]
APerson: TypeAlias = Annotated["Person", strawberry.lazy("api.types.people")]
AProblem: TypeAlias = Annotated["Problem", strawberry.lazy("api.types.problem")]
ARedundancyGroup: TypeAlias = Annotated["RedundancyGroup", strawberry.lazy("api.types.configuration")]
ARelation: TypeAlias = Annotated["Relation", strawberry.lazy("api.types.configuration")]
ARiskAssessment: TypeAlias = Annotated["RiskAssessment", strawberry.lazy("api.types.risk")]
ATeam: TypeAlias = Annotated["Team", strawberry.lazy("api.types.people")]
AWindowExemption: TypeAlias = Annotated["WindowExemption", strawberry.lazy("api.types.window")]
AnAgendaItem: TypeAlias = Annotated["AgendaItem", strawberry.lazy("api.types.board")]
AnIncident: TypeAlias = Annotated["Incident", strawberry.lazy("api.types.incident")]
