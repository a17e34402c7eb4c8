"""Agreements, targets, clocks as segments, indicators, breach and credit."""
