"""The words every process shares: time, intervals, ids, actors, errors, events, lifecycles, pages, policy."""
