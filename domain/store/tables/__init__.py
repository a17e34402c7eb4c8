"""Every table of the record. Names are the nouns of the schema; ids are text, instants UTC."""

from domain.store.tables import assessments, cab, changes, configuration, integration, log, people, tickets
from domain.store.tables.metadata import metadata

__all__ = ["assessments", "cab", "changes", "configuration", "integration", "log", "metadata", "people", "tickets"]
