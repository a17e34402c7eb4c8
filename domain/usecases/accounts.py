"""Accounts of programs: made, confined, given new tokens, revoked. A token is shown once and kept as a hash."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.kernel.absent import trimmed
from domain.kernel.actor import PERMISSIONS, Actor, Permission, Role
from domain.kernel.checks import range_issues, repeat_issues, text_issues
from domain.kernel.errors import InvalidInput, InvalidTransition, Issue
from domain.kernel.ids import random_token
from domain.people.model import Person, ServiceAccount
from domain.people.rules import token_hash
from domain.ports import Ports
from domain.usecases.act import Reference, act, check

LONGEST_OVERLAP_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """An account and its new token. The token is shown here and never again."""

    account_id: str
    token: str


async def create_service_account(
    ports: Ports,
    actor: Actor,
    name: str,
    role: Role,
    person_id: str | None = None,
    *,
    scope: Sequence[str] = (),
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Make an account for a program and return its token, once (`serviceAccountCreate`).

    A `scope` of permissions by name confines it; an empty one does not.
    """
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        token = random_token()
        account = ServiceAccount(
            id=work.new_id(),
            name=name.strip(),
            token_hash=token_hash(token),
            role=role,
            actor_person_id=person_id,
            created_at=work.now,
            expires_at=expires_at,
        )
        issues = [
            *text_issues("name", account.name, required=True),
            *_scope_issues(role, scope),
            *_expiry_issues(expires_at, work.now),
        ]
        await check(work, issues, Reference("person_id", Person, person_id))
        account.scope = [Permission(name) for name in scope]
        work.add(account)
        work.record("service_account.created", account)
    return IssuedToken(account.id, token)


async def rotate_token(
    ports: Ports,
    actor: Actor,
    account_id: str,
    expected_version: int,
    *,
    overlap_hours: int = 24,
    expires_at: datetime | None = None,
) -> IssuedToken:
    """Give an account a new token; the old one stays good for the overlap (`serviceAccountRotate`)."""
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        account = await work.get_at(ServiceAccount, account_id, expected_version)
        _check_in_force(account, "ROTATE")
        issues = [
            *range_issues("overlap_hours", overlap_hours, 0, LONGEST_OVERLAP_HOURS),
            *_expiry_issues(expires_at, work.now),
        ]
        await check(work, issues)
        token, old_until = random_token(), work.now + timedelta(hours=overlap_hours)
        account.previous_token_hash = account.token_hash
        account.previous_valid_until = old_until if account.expires_at is None else min(old_until, account.expires_at)
        account.token_hash, account.expires_at = token_hash(token), expires_at
        work.record("service_account.rotated", account)
    return IssuedToken(account.id, token)


async def revoke_account(
    ports: Ports, actor: Actor, account_id: str, expected_version: int, *, reason: str | None = None
) -> str:
    """Refuse every token of an account from now on (`serviceAccountRevoke`)."""
    async with act(ports, actor, Permission.MANAGE_POLICY) as work:
        account = await work.get_at(ServiceAccount, account_id, expected_version)
        _check_in_force(account, "REVOKE")
        await check(work, text_issues("reason", trimmed(reason)))
        account.revoked_at = work.now
        work.record("service_account.revoked", account, trimmed(reason))
    return account.id


def _check_in_force(account: ServiceAccount, requested: str) -> None:
    if account.revoked_at is not None:
        raise InvalidTransition("service account", "REVOKED", requested, ())


def _scope_issues(role: Role, scope: Sequence[str]) -> list[Issue]:
    permitted = {permission.value for permission in PERMISSIONS[role]}
    return [
        *repeat_issues("scope", scope),
        *(
            Issue(f"scope.{place}", f"'{name}' is not among what {role.value} permits")
            for place, name in enumerate(scope)
            if name not in permitted
        ),
    ]


def _expiry_issues(expires_at: datetime | None, now: datetime) -> list[Issue]:
    if expires_at is None:
        return []
    if expires_at.tzinfo is None:
        raise InvalidInput.at("expires_at", "needs an offset")
    return [] if expires_at > now else [Issue("expires_at", "must lie in the future")]
