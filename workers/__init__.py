"""The relay, the consumers, the timers and the schedules; the composition root of the worker."""
