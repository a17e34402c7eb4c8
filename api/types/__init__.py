"""GraphQL types, declared over rows: each field says which column or relation it is."""
