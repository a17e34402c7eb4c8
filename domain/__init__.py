"""What Headwater knows: processes and engines (pure), ports, use cases, and the relational adapter."""
