"""Live updates: one durable log, followed once per process, executed once per group, sent to whoever may hear."""
