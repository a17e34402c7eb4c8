"""Adapters of the numeric ports; each imports its optional library inside its own module."""
