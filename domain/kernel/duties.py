"""Whose work each noun is: the permission that every act on a record of it needs. Changes have a table of their own."""

from collections.abc import Mapping
from enum import StrEnum

from domain.kernel.actor import Permission


class RecordAct(StrEnum):
    """What can be done to a record without a life cycle."""

    UPDATE = "UPDATE"
    END = "END"


DUTIES: Mapping[str, Permission] = {
    "person": Permission.WRITE_PEOPLE,
    "team": Permission.WRITE_PEOPLE,
    "calendar": Permission.WRITE_PEOPLE,
    "capacity_limit": Permission.WRITE_PEOPLE,
    "service_account": Permission.MANAGE_POLICY,
    "ci_class": Permission.WRITE_CONFIGURATION,
    "ci": Permission.WRITE_CONFIGURATION,
    "business_service": Permission.WRITE_CONFIGURATION,
    "relation": Permission.WRITE_CONFIGURATION,
    "redundancy_group": Permission.WRITE_CONFIGURATION,
    "incident": Permission.WRITE_INCIDENT,
    "problem": Permission.WRITE_PROBLEM,
    "change_model": Permission.MANAGE_CHANGE,
    "change_window": Permission.WRITE_WINDOW,
    "cab_series": Permission.MANAGE_CAB,
    "cab_meeting": Permission.MANAGE_CAB,
    "conflict": Permission.ACCEPT_CONFLICT,
}
"""Permission by noun."""
