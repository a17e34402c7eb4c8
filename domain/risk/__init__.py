"""Change risk: a calibrated likelihood, an expected loss, and one sum every reader can check (ENGINES 1)."""
