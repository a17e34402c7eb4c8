"""Which type of the schema shows the records of which table."""

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
    "team": "Team",
}
