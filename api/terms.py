"""On what terms operations are taken: which documents, whether the schema may be asked for, how long, how much."""

from dataclasses import dataclass, field

from api.budget import Budget, Unlimited
from api.documents import Documents


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds of every operation, however it came; the defaults are those of a workbench."""

    documents: Documents = field(default_factory=Documents)
    budget: Budget = field(default_factory=Unlimited)
    may_introspect: bool = True
    seconds: float = 30.0
