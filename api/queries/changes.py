"""Root fields about changes, their templates, windows and the board."""

import strawberry

from api.relations import every, referred
from api.relay import Connection
from api.types.board import (
    CabMeeting,
    CabMeetingOrder,
    CabMeetingRef,
    CabMeetingWhere,
    CabSeries,
    CabSeriesOrder,
    CabSeriesRef,
)
from api.types.change import Change, ChangeOrder, ChangeRef, ChangeWhere
from api.types.change_model import ChangeModel, ChangeModelOrder, ChangeModelRef
from api.types.window import ChangeWindow, ChangeWindowRef, ChangeWindowWhere
from domain.kernel.actor import Permission
from domain.kernel.page import Ordering

BY_NAME = (Ordering("name"),)


@strawberry.type
class ChangeQueries:
    """One record by what you have of it, and pages of records."""

    change: Change | None = referred("The change referred to; null when there is none to see.", ChangeRef)
    changes: Connection[Change] | None = every(
        "Changes that you may see, the latest number first.",
        where=ChangeWhere,
        order=ChangeOrder,
        by_default=(Ordering("number", is_descending=True),),
    )
    change_model: ChangeModel | None = referred("The template referred to; null when there is none.", ChangeModelRef)
    change_models: Connection[ChangeModel] | None = every(
        "Templates of repeatable changes, by name.", order=ChangeModelOrder, by_default=BY_NAME
    )
    change_window: ChangeWindow | None = referred("The window referred to; null when there is none.", ChangeWindowRef)
    change_windows: Connection[ChangeWindow] | None = every(
        "Maintenance windows and freezes, ended ones included.", where=ChangeWindowWhere
    )
    cab_series: CabSeries | None = referred(
        "The board referred to; null when there is none.", CabSeriesRef, needs=Permission.READ_ALL
    )
    cab_boards: Connection[CabSeries] | None = every(
        "Standing boards, by name.", order=CabSeriesOrder, by_default=BY_NAME, needs=Permission.READ_ALL
    )
    cab_meeting: CabMeeting | None = referred(
        "The meeting referred to; null when there is none.", CabMeetingRef, needs=Permission.READ_ALL
    )
    cab_meetings: Connection[CabMeeting] | None = every(
        "Meetings of boards, the earliest first.",
        where=CabMeetingWhere,
        order=CabMeetingOrder,
        by_default=(Ordering("start"),),
        needs=Permission.READ_ALL,
    )
