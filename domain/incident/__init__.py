"""Incidents: the record, its configuration items and its links to changes."""
