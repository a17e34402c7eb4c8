"""Ids as everybody outside holds them: opaque, `Type:id` inside, the same in GraphQL and in webhooks."""

import base64

TYPE_OF_TABLE = {
    "agenda_item": "AgendaItem",
    "business_service": "BusinessService",
    "cab_meeting": "CabMeeting",
    "cab_series": "CabSeries",
    "calendar": "Calendar",
    "capacity_limit": "CapacityLimit",
    "change": "Change",
    "change_model": "ChangeModel",
    "change_window": "ChangeWindow",
    "ci": "ConfigurationItem",
    "ci_class": "CiClass",
    "conflict": "Conflict",
    "incident": "Incident",
    "person": "Person",
    "problem": "Problem",
    "redundancy_group": "RedundancyGroup",
    "relation": "Relation",
    "risk_assessment": "RiskAssessment",
    "service_account": "ServiceAccount",
    "team": "Team",
    "webhook_delivery": "WebhookDelivery",
    "webhook_endpoint": "Webhook",
    "calendar_feed": "CalendarFeed",
}
"""Which type of the schema shows the records of which table."""


def encode_id(type_name: str, record_id: object) -> str:
    """Return the global id of a record of that GraphQL type."""
    return base64.urlsafe_b64encode(f"{type_name}:{record_id}".encode()).decode().rstrip("=")
