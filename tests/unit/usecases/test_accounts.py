"""What a token is good for, and until when; that it is shown once and kept as a hash."""

import hashlib
from datetime import timedelta

import pytest

from domain.kernel.actor import Permission, Role
from domain.kernel.errors import InvalidTransition
from domain.kernel.time import FixedClock
from domain.people.model import ServiceAccount
from domain.people.rules import PersonFacts, token_hash
from domain.store.accounts import SqlAccounts
from domain.usecases import accounts, people
from tests.unit.usecases.world import ADMINISTRATOR, HOUR, NOW, World


def doors(world: World) -> tuple[SqlAccounts, FixedClock]:
    """Who knows the tokens, and the clock it goes by."""
    clock = FixedClock(NOW)
    return SqlAccounts(world.database, clock), clock


async def test_a_token_is_shown_once_and_kept_as_a_hash(world: World) -> None:
    made = await accounts.create_service_account(world.ports, ADMINISTRATOR, "monitoring", Role.INTEGRATION, "ada")
    account = await world.get(ServiceAccount, made.account_id)
    assert account.token_hash == hashlib.sha256(made.token.encode()).hexdigest()
    assert made.token not in await world.everything()


@pytest.mark.parametrize(("is_active", "is_known"), [(True, True), (False, False)])
async def test_a_token_acts_for_a_person_who_is_there(world: World, is_active: bool, is_known: bool) -> None:
    made = await accounts.create_service_account(world.ports, ADMINISTRATOR, "desk", Role.SERVICE_DESK, "ada")
    await people.update_person(world.ports, ADMINISTRATOR, "ada", 1, PersonFacts(is_active=is_active))
    known, _ = doors(world)
    assert await known.identity_of(token_hash("hw_guess")) is None
    found = await known.identity_of(token_hash(made.token))
    assert (found is not None) is is_known
    if found is not None:
        actor = found.actor
        assert (actor.id, actor.roles, actor.person_id) == (made.account_id, frozenset({Role.SERVICE_DESK}), "ada")


async def test_a_token_ends_when_it_was_said_to(world: World) -> None:
    made = await accounts.create_service_account(
        world.ports, ADMINISTRATOR, "probe", Role.AUDITOR, expires_at=NOW + HOUR
    )
    known, clock = doors(world)
    found = await known.identity_of(token_hash(made.token))
    assert found is not None
    assert found.expires_at == NOW + HOUR
    clock.advance(HOUR)
    assert await known.identity_of(token_hash(made.token)) is None


async def test_a_scope_confines_what_the_role_permits(world: World) -> None:
    made = await accounts.create_service_account(
        world.ports, ADMINISTRATOR, "probe", Role.ADMINISTRATOR, scope=["record:read"]
    )
    found = await doors(world)[0].identity_of(token_hash(made.token))
    assert found is not None
    assert found.actor.permissions == {Permission.READ_ALL}
    assert not found.actor.may(Permission.MANAGE_POLICY)


async def test_while_tokens_are_exchanged_both_are_good_and_then_the_new_one(world: World) -> None:
    made = await accounts.create_service_account(world.ports, ADMINISTRATOR, "probe", Role.AUDITOR)
    turned = await accounts.rotate_token(world.ports, ADMINISTRATOR, made.account_id, 1, overlap_hours=2)
    known, clock = doors(world)
    old, new = token_hash(made.token), token_hash(turned.token)
    first = await known.identity_of(old)
    assert first is not None
    assert first.expires_at == NOW + 2 * HOUR
    assert await known.identity_of(new) is not None
    clock.advance(2 * HOUR)
    assert await known.identity_of(old) is None
    assert await known.identity_of(new) is not None


async def test_the_token_before_ends_no_later_than_it_was_to(world: World) -> None:
    made = await accounts.create_service_account(
        world.ports, ADMINISTRATOR, "probe", Role.AUDITOR, expires_at=NOW + HOUR
    )
    await accounts.rotate_token(world.ports, ADMINISTRATOR, made.account_id, 1, overlap_hours=48)
    account = await world.get(ServiceAccount, made.account_id)
    assert account.previous_valid_until == NOW + HOUR


async def test_a_revoked_account_is_refused_at_once_and_stays_so(world: World) -> None:
    made = await accounts.create_service_account(world.ports, ADMINISTRATOR, "probe", Role.AUDITOR)
    await accounts.revoke_account(world.ports, ADMINISTRATOR, made.account_id, 1, reason="lost")
    assert await doors(world)[0].identity_of(token_hash(made.token)) is None
    assert (await world.events())[-1].body["note"] == "lost"
    with pytest.raises(InvalidTransition):
        await accounts.rotate_token(world.ports, ADMINISTRATOR, made.account_id, 2)


async def test_the_last_use_is_kept_to_the_hour(world: World) -> None:
    made = await accounts.create_service_account(world.ports, ADMINISTRATOR, "probe", Role.AUDITOR)
    known, clock = doors(world)
    seen = []
    for wait in (timedelta(), timedelta(minutes=59), timedelta(minutes=1)):
        clock.advance(wait)
        await known.identity_of(token_hash(made.token))
        await known.keep_uses()
        seen.append(await world.everything())
    assert seen[0] == seen[1] != seen[2]
