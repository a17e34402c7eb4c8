"""Alembic revisions of the record's schema; `domain.store.migrate` runs them, no ini file needed."""
