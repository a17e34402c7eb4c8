"""GraphQL types, declared over rows: each field says which column or relation it is.

The enums are described first: a type that met one without its description would take it as it is.
"""

from api.types import vocabulary as vocabulary
