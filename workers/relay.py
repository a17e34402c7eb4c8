"""The relay: gives every committed event its position in the log."""

from workers.lanes import Lane
from workers.ports import EventLog
from workers.roles import Role


def relay_lane(log: EventLog) -> Lane:
    """Return the lane that numbers committed rows; of several relays one does so at a time, by a lock of the store."""
    return Lane("relay", Role.RELAY, log.number)


async def relay(log: EventLog) -> int:
    """Number committed rows until none is left; return how many were numbered."""
    total = 0
    while numbered := await log.number():
        total += numbered
    return total
