"""What a worker process may be there for: any number of processes take a role, and a process any of them."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """One kind of work that follows the log; each has a queue of wake-ups of its own."""

    RELAY = "relay"
    CONSUMERS = "consumers"
    TIMERS = "timers"
    SCHEDULES = "schedules"
    WEBHOOKS = "webhooks"


ALL_ROLES = frozenset(Role)

NEXT: Mapping[Role, tuple[Role, ...]] = {
    Role.RELAY: (Role.CONSUMERS,),
    Role.CONSUMERS: (Role.RELAY, Role.CONSUMERS, Role.TIMERS, Role.WEBHOOKS),
    Role.TIMERS: (Role.CONSUMERS,),
    Role.SCHEDULES: (Role.RELAY,),
    Role.WEBHOOKS: (Role.RELAY,),
}
"""Who may have something to do once a role has moved something: an assessment appends events and sets timers."""
