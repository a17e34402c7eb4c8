"""Reads of the record for the API: one module per group of nouns says what can be asked, `query` asks it."""
