"""The root fields that act: one business verb each, done by a use case."""
