"""Recurring windows, holidays and business time (ENGINES 3.4 and 5)."""
