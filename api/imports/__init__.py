"""Real input: files read as rows, rows as drafts of records, and what could not be taken in written down."""
