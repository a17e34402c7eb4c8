"""A create that is asked for twice is done once: a key names the asking, a fingerprint what was asked (SCHEMA 9)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import sha256

from domain.kernel.actor import Actor
from domain.kernel.checks import refuse, text_issues
from domain.ports import Ports, UnitOfWork


class DoneBeforeError(Exception):
    """The act was done at an earlier asking with this key; `answer_id` is the record it made."""

    def __init__(self, answer_id: str) -> None:
        super().__init__(answer_id)
        self.answer_id = answer_id


def once(ports: Ports, key: str, fingerprint: str) -> Ports:
    """Return ports whose act claims the key in its own transaction.

    Opening the work raises `DoneBeforeError` where this actor did the same with the key before, and
    `IdempotencyConflict` where the key meant something else. Who asks while the first is under way waits for its end.
    """
    refuse(text_issues("idempotency_key", key, required=True))

    @asynccontextmanager
    async def claiming(actor: Actor) -> AsyncIterator[UnitOfWork]:
        async with ports.work(actor) as work:
            answer_id = await work.claim(key, fingerprint)
            if answer_id is not None:
                raise DoneBeforeError(answer_id)
            yield work

    return replace(ports, work=claiming)


async def begin_list(ports: Ports, actor: Actor, key: str, fingerprint: str) -> None:
    """Claim the key of a list of acts before the first of them; `IdempotencyConflict` where it meant something else.

    Each act then claims `key_in_list`: who asks again after half of them were done gets the answers of that half and
    has the rest done.
    """
    refuse(text_issues("idempotency_key", key, required=True))
    async with ports.work(actor) as work:
        await work.claim(key, fingerprint)
        await work.commit()


def key_in_list(key: str, fingerprint: str, index: int) -> str:
    """Return the key of one act of a list: no other asking of this actor has it, whatever keys they choose."""
    return f"{sha256(f'{key} {fingerprint}'.encode()).hexdigest()} {index}"
