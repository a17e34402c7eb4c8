"""From an event to a receiver: who is told, what is sent, when it is tried again, and what an address may be."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from standardwebhooks import webhooks as receivers

from domain.incident.model import Incident
from domain.integration.model import WebhookEndpoint
from domain.integration.retries import DELAYS, WINDOW, next_delay
from domain.integration.rules import EndpointFacts
from domain.kernel.actor import SYSTEM, Actor, Role
from domain.kernel.time import FixedClock
from domain.people.model import ServiceAccount
from domain.store.tables.integration import webhook_attempt, webhook_delivery
from domain.usecases import webhooks
from tests.builders import a_change, a_person, a_service_account, a_team, an_incident, saved
from tests.workers.receiver import BROKEN, GONE, GOOD, HANGING, LYING, REDIRECTING, Receiver, receiving
from workers import outbound
from workers.outbound import ForbiddenAddressError, HttpPoster, is_public
from workers.runtime import Runtime
from workers.webhooks import WebhookSender

MONDAY = datetime(2026, 11, 23, 8, tzinfo=UTC)
OWNER = Actor("owner", "owner", frozenset({Role.INTEGRATION}))
TICKETS = [{"feed": "TICKETS"}]


@dataclass
class Post:
    """A record, a sender over it whose chance is always the middle, and the clock both go by."""

    runtime: Runtime
    sender: WebhookSender
    clock: FixedClock

    async def endpoint(self, receiver: Receiver, follows: Any = None) -> str:
        """Set up an endpoint and let the receiver know its secret."""
        facts = EndpointFacts(name="hook", url=receiver.url, follows=follows or TICKETS)
        endpoint_id = await webhooks.create_webhook(self.runtime.ports, OWNER, facts)
        receiver.secrets = [self.runtime.key.webhook_secret(endpoint_id, 1)]
        return endpoint_id

    async def holds(self, *records: Any) -> None:
        await saved(self.runtime.ports.work, *records)

    async def does(self, record_id: str, kind: str, noun: Any = Incident, **facts: Any) -> None:
        """Do something to a record."""
        async with self.runtime.ports.work(SYSTEM) as work:
            found = await work.get(noun, record_id)
            for name, value in facts.items():
                setattr(found, name, value)
            work.record(kind, found)
            await work.commit()

    async def sends(self) -> None:
        """Bring the log up to date and send what is due."""
        await self.runtime.drain()
        await self.sender.send_due()

    async def passes(self, span: timedelta) -> None:
        """Let time pass, sending whatever falls due in it."""
        end = self.clock.now() + span
        while (due := await self.sender.deliveries.next_due()) is not None and due <= end:
            self.clock.advance(max(due - self.clock.now(), timedelta(0)))
            if not await self.sender.send_due():
                break
        self.clock.advance(max(end - self.clock.now(), timedelta(0)))

    async def rows(self, table: sa.Table) -> list[Any]:
        async with self.runtime.database.reader.connect() as connection:
            return list((await connection.execute(sa.select(table))).mappings())

    async def states(self) -> list[str]:
        rows = await self.rows(webhook_delivery)
        return [row["state"].value for row in sorted(rows, key=lambda row: row["position"])]

    async def version(self, endpoint_id: str) -> int:
        async with self.runtime.ports.snapshot() as snapshot:
            found = await snapshot.find(WebhookEndpoint, id=endpoint_id)
        assert found is not None
        return found.version


@pytest.fixture
async def post(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    clock = FixedClock(MONDAY)
    runtime = await Runtime.open(f"sqlite:///{tmp_path}/record.db", clock=clock)
    poster = HttpPoster(allows_private=True)
    sender = runtime.webhook_sender(poster)
    object.__setattr__(sender, "chance", lambda: 0.5)
    # The library refuses signatures that are minutes old by its own clock; here it goes by the simulated one.
    monkeypatch.setattr(receivers, "datetime", _Clocked(clock))
    opened = Post(runtime, sender, clock)
    await opened.holds(a_person(id="ben"))
    await opened.holds(a_service_account(id="owner", token_hash="0", role=Role.INTEGRATION))
    yield opened
    await poster.close()
    await runtime.stop()


class _Clocked:
    """The class `datetime` as the verifying library uses it, by a clock of its own."""

    def __init__(self, clock: FixedClock) -> None:
        self._clock = clock

    def now(self, tz: Any = None) -> datetime:
        return self._clock.now()

    def __getattr__(self, name: str) -> Any:
        return getattr(datetime, name)


async def test_what_is_followed_arrives_signed_and_in_order(post: Post) -> None:
    async with receiving() as receiver:
        await post.endpoint(receiver)
        await post.holds(an_incident(id="inc", title="Mail is slow"), a_change(id="chg"))
        await post.does("inc", "incident.updated", title="Mail is gone")
        await post.does("inc", "incident.resolved")
        await post.sends()
        assert [body["type"] for _, body in receiver.arrived] == [
            "incident.built",
            "incident.updated",
            "incident.resolved",
        ]
        assert receiver.verified == [[True]] * 3
        data = receiver.arrived[1][1]["data"]
        assert data["image"]["title"] == "Mail is gone"
        assert data["subject"] == {"type": "Incident", "id": "SW5jaWRlbnQ6aW5j", "version": 2}
        assert post.runtime.key.position(data["cursor"]) == (await post.rows(webhook_delivery))[1]["position"]
        assert await post.states() == ["DELIVERED"] * 3
        await post.sends()
        assert len(receiver.arrived) == 3


async def test_an_endpoint_is_told_with_the_rights_of_its_account(post: Post) -> None:
    async with receiving() as receiver:
        await post.endpoint(receiver)
        await post.holds(an_incident(id="open"), an_incident(id="secret", is_restricted=True))
        await post.runtime.drain()
        assert len(await post.rows(webhook_delivery)) == 1
        await post.does("open", "incident.restricted", is_restricted=True)
        await post.sends()
        assert receiver.arrived == []
        assert await post.states() == ["WITHDRAWN"]
        await post.does("owner", "service_account.changed", noun=ServiceAccount, role=Role.REQUESTER)
        await post.holds(an_incident(id="later"))
        await post.sends()
        assert receiver.arrived == []


@pytest.mark.parametrize("person", [None, "ben", "eve"])
async def test_every_role_is_told_what_its_account_may_read_and_no_more(post: Post, person: str | None) -> None:
    """Ben is in the team of what is restricted, Eve is a customer; requesters read no log, so they are told nothing."""
    async with receiving() as receiver:
        await post.endpoint(receiver)
        await post.holds(a_person(id="eve", organisation="Acme"))
        await post.holds(a_team("ben", id="team"))
        for role in Role:
            await post.does("owner", "service_account.changed", noun=ServiceAccount, role=role, actor_person_id=person)
            await post.holds(
                an_incident(id=f"open-{role}", reporter_id="eve"),
                an_incident(id=f"hush-{role}", title="hush", is_restricted=True, team_id="team"),
            )
            await post.sends()
        told = {body["data"]["image"]["id"] for _, body in receiver.arrived}
        staff = {role for role in Role if role is not Role.REQUESTER}
        trusted = staff if person == "ben" else {Role.ADMINISTRATOR}
        assert told == {f"open-{role}" for role in staff} | {f"hush-{role}" for role in trusted}
        assert len(receiver.arrived) == len(told)


@pytest.mark.parametrize("mood", [BROKEN, REDIRECTING, LYING, HANGING])
async def test_a_receiver_that_fails_and_comes_back_after_two_days_misses_nothing(
    post: Post, mood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mood == HANGING:
        monkeypatch.setattr(outbound, "SECONDS", 0.2)
    async with receiving() as receiver:
        await post.endpoint(receiver)
        receiver.mood = mood
        await post.holds(an_incident(id="one"), an_incident(id="two"))
        await post.does("one", "incident.resolved")
        await post.sends()
        await post.passes(timedelta(days=2))
        assert receiver.arrived == []
        assert set(await post.states()) == {"PENDING"}
        # Of one subject only the first message is tried: the second never overtakes it.
        assert len(await post.rows(webhook_attempt)) == 2 * 9
        receiver.mood = GOOD
        await post.passes(timedelta(hours=13))
        await post.sends()
        told = [(body["data"]["image"]["id"], body["type"]) for _, body in receiver.arrived]
        assert sorted(told) == [("one", "incident.built"), ("one", "incident.resolved"), ("two", "incident.built")]
        assert told.index(("one", "incident.built")) < told.index(("one", "incident.resolved"))
        assert all(all(one) for one in receiver.verified)
        assert len({message for message, _ in receiver.arrived}) == 3
        attempts = await post.rows(webhook_attempt)
        assert sum(attempt["is_taken"] for attempt in attempts) == 3


async def test_after_three_full_days_a_message_is_dead_and_its_endpoint_disabled_until_enabled(post: Post) -> None:
    async with receiving() as receiver:
        endpoint_id = await post.endpoint(receiver)
        receiver.mood = BROKEN
        await post.holds(an_incident(id="one"))
        await post.sends()
        await post.passes(timedelta(days=4))
        assert await post.states() == ["DEAD"]
        attempts = await post.rows(webhook_attempt)
        assert max(attempt["tried_at"] for attempt in attempts) == MONDAY + WINDOW
        assert (500, "sorry") in {(attempt["status"], attempt["excerpt"]) for attempt in attempts}
        await post.runtime.drain()
        (last,) = await post.runtime.log.read_after(await post.runtime.log.head() - 1)
        assert (last.kind, last.body["note"]) == ("webhook_endpoint.given_up", "nothing was taken for three days")
        await post.holds(an_incident(id="meanwhile"))
        await post.sends()
        receiver.mood = GOOD
        ports = post.runtime.ports
        await webhooks.enable_webhook(ports, OWNER, endpoint_id, await post.version(endpoint_id))
        version = await post.version(endpoint_id)
        await webhooks.replay_webhook(ports, OWNER, endpoint_id, version, window=(MONDAY, MONDAY + timedelta(days=9)))
        await post.sends()
        assert [body["data"]["image"]["id"] for _, body in receiver.arrived] == ["one", "meanwhile"]
        assert await post.states() == ["DELIVERED"] * 2


async def test_a_message_is_sent_again_under_the_same_id(post: Post) -> None:
    async with receiving() as receiver:
        endpoint_id = await post.endpoint(receiver)
        await post.holds(an_incident(id="one"), an_incident(id="two"))
        await post.sends()
        first = receiver.arrived[0][0]
        ports, version = post.runtime.ports, await post.version(endpoint_id)
        ids = [first.removeprefix("msg_"), "of somebody else"]
        await webhooks.replay_webhook(ports, OWNER, endpoint_id, version, delivery_ids=ids)
        await post.sends()
        assert [message for message, _ in receiver.arrived[2:]] == [first]


async def test_a_ping_says_nothing(post: Post) -> None:
    async with receiving() as receiver:
        endpoint_id = await post.endpoint(receiver)
        await webhooks.ping_webhook(post.runtime.ports, OWNER, endpoint_id, 1)
        await post.sends()
        ((_, body),) = receiver.arrived
        assert body["type"] == "webhook_endpoint.pinged"
        assert "image" not in body["data"]


async def test_two_secrets_sign_while_one_takes_over(post: Post) -> None:
    async with receiving() as receiver:
        endpoint_id = await post.endpoint(receiver)
        await webhooks.rotate_webhook_secret(post.runtime.ports, OWNER, endpoint_id, 1)
        receiver.secrets.append(post.runtime.key.webhook_secret(endpoint_id, 2))
        await post.holds(an_incident(id="one"))
        await post.sends()
        post.clock.advance(webhooks.OVERLAP)
        await post.holds(an_incident(id="two"))
        await post.sends()
        assert receiver.verified == [[True, True], [False, True]]


async def test_an_address_that_is_gone_is_sent_nothing_more(post: Post) -> None:
    async with receiving() as receiver:
        await post.endpoint(receiver)
        receiver.mood = GONE
        await post.holds(an_incident(id="one"))
        await post.sends()
        receiver.mood = GOOD
        await post.holds(an_incident(id="two"))
        await post.sends()
        assert (receiver.arrived, receiver.tries) == ([], 1)


async def test_senders_beside_each_other_send_every_message_once(post: Post) -> None:
    async with receiving() as receiver:
        await post.endpoint(receiver)
        await post.holds(*[an_incident(id=f"inc-{number}") for number in range(30)])
        await post.runtime.drain()
        await asyncio.gather(*(post.sender.send_due() for _ in range(4)))
        assert len(receiver.arrived) == len({message for message, _ in receiver.arrived}) == 30


async def test_a_sender_that_died_is_replaced(post: Post) -> None:
    async with receiving() as receiver:
        await post.endpoint(receiver)
        await post.holds(an_incident(id="one"))
        await post.runtime.drain()
        assert len(await post.sender.deliveries.claim(post.clock.now(), 10)) == 1
        await post.sends()
        assert receiver.arrived == []
        post.clock.advance(timedelta(minutes=2))
        await post.sends()
        assert len(receiver.arrived) == 1


def test_waits_grow_to_twelve_hours_until_three_days_are_full() -> None:
    waited, waits = timedelta(0), []
    while (delay := next_delay(len(waits) + 1, waited, 0.5)) is not None:
        waits.append(delay)
        waited += delay
    assert waits[:6] == list(DELAYS[:6])
    assert waited == WINDOW
    assert max(waits) == timedelta(hours=12)
    assert next_delay(1, timedelta(0), 0.0) == timedelta(seconds=4.5)
    assert next_delay(1, timedelta(0), 1.0) == timedelta(seconds=5.5)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "::1", "fe80::1", "fc00::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "100.64.0.1"],
)  # fmt: skip
async def test_no_address_inside_is_called(address: str) -> None:
    async def resolve(host: str, port: int) -> list[str]:
        return ["93.184.216.34", address]

    assert not is_public(address)
    poster = HttpPoster(resolve=resolve)
    with pytest.raises(ForbiddenAddressError):
        await poster.post("https://hooks.example.org/", b"{}", {})
    await poster.close()


async def test_only_https_is_called_and_a_name_is_resolved_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])

    async def rebinding(host: str, port: int) -> list[str]:
        return next(answers)

    poster, sent = HttpPoster(resolve=rebinding), []

    async def send(request: Any, **_: Any) -> Any:
        sent.append(request)
        raise OSError("no network in tests")

    monkeypatch.setattr(poster._client, "send", send)
    with pytest.raises(ForbiddenAddressError):
        await poster.post("http://hooks.example.org/", b"{}", {})
    with pytest.raises(OSError, match="no network"):
        await poster.post("https://hooks.example.org/in", b"{}", {})
    (request,) = sent
    assert str(request.url) == "https://93.184.216.34/in"
    assert request.headers["host"] == "hooks.example.org"
    assert request.extensions["sni_hostname"] == "hooks.example.org"
    await poster.close()
