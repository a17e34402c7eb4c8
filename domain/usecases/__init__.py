"""What actors can do: load, ask the rules, save, record the event."""
