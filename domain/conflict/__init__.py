"""Conflicts between changes, windows, people and redundancy; free slots (ENGINES 3 and 4.7)."""
