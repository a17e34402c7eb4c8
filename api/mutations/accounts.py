"""Mutations about accounts of programs. A token stands in the answer of the act that made it, and nowhere else."""

from datetime import datetime
from typing import Any

import strawberry

from api.answering import Success, reread
from api.context import Context
from api.fields import sourced
from api.lookahead import Value, same
from api.relations import One
from api.types.account import ServiceAccount
from api.verbs import CREATES, SEEN, STEPS, Outcome, Repeatable, given, mutation, perform, result_of, verb
from domain.kernel.actor import Permission, Role
from domain.kernel.errors import IdempotencyConflict
from domain.usecases import accounts
from domain.usecases.accounts import LONGEST_OVERLAP_HOURS, IssuedToken

SHOWN_ONCE = "The account was made when this key was used; its token was shown then: give it a new one."
ACCOUNT = Outcome("service_account", ServiceAccount, "The account")


@strawberry.input(description="An account for a program.")
class ServiceAccountCreateInput(Repeatable):
    """Who it is, what it may do, and for how long."""

    name: str = given("Name of the account.")
    role: Role = given("What it may do.")
    scope: list[str] | None = given(
        "Permissions that its token is confined to, e.g. incident:write. Null: everything that the role permits.",
        default=None,
    )
    person_id: strawberry.ID | None = given("Person on whose behalf it acts; null: none.", of="Person", default=None)
    expires_at: datetime | None = given("When its token ends, in the future; null: when it is revoked.", default=None)


@strawberry.input
class SeenAccount:
    """An account at the version somebody saw."""

    service_account_id: strawberry.ID = given("The account.", fact="account_id", of="ServiceAccount")
    expected_version: int = given(SEEN)


@strawberry.input(description="An account that gets a new token.")
class ServiceAccountRotateInput(SeenAccount):
    """Which one, and how long the old token stays good."""

    overlap_hours: int = given(
        f"Hours for which the old token stays good, from 0 to {LONGEST_OVERLAP_HOURS}.", default=24
    )
    expires_at: datetime | None = given(
        "When the new token ends, in the future; null: when it is revoked.", default=None
    )


@strawberry.input(description="An account whose tokens are refused from now on.")
class ServiceAccountRevokeInput(SeenAccount):
    """Which one, and why."""

    reason: str | None = given("Why, for the audit trail.", default=None)


def _token(description: str) -> Any:
    return sourced(description, Value(("token",), same))


def _account() -> Any:
    return sourced("The account; null when you may not see it.", One("service_account"))


@strawberry.type(description="ServiceAccountCreate was done.")
class ServiceAccountCreateSuccess:
    """What came of ServiceAccountCreate."""

    token: str = _token("Bearer token of the account. It is shown here and never again.")
    service_account: ServiceAccount | None = _account()


@strawberry.type(description="ServiceAccountRotate was done.")
class ServiceAccountRotateSuccess:
    """What came of ServiceAccountRotate."""

    token: str = _token("New bearer token of the account. It is shown here and never again.")
    service_account: ServiceAccount | None = _account()


async def _create(info: strawberry.Info[Context, None], **arguments: Any) -> ServiceAccountCreateSuccess:
    made = await perform(accounts.create_service_account, info.context, arguments["input"])
    if not isinstance(made, IssuedToken):
        raise IdempotencyConflict(arguments["input"].idempotency_key, SHOWN_ONCE)
    return await _issued(info, ServiceAccountCreateSuccess, made)


async def _rotate(info: strawberry.Info[Context, None], **arguments: Any) -> ServiceAccountRotateSuccess:
    made = await perform(accounts.rotate_token, info.context, arguments["input"])
    return await _issued(info, ServiceAccountRotateSuccess, made)


async def _issued(info: strawberry.Info[Context, None], success: type[Success], made: IssuedToken) -> Success:
    return await reread(info, success, service_account=made.account_id, token=made.token)


@strawberry.type
class AccountMutations:
    """Verbs of accounts."""

    service_account_create = mutation(
        _create,
        ServiceAccountCreateInput,
        ServiceAccountCreateSuccess,
        "Make an account for a program.",
        result=result_of(ServiceAccountCreateSuccess, CREATES),
        needs=Permission.MANAGE_POLICY,
    )
    service_account_rotate = mutation(
        _rotate,
        ServiceAccountRotateInput,
        ServiceAccountRotateSuccess,
        "Give an account a new token, while the old one stays good for some hours.",
        result=result_of(ServiceAccountRotateSuccess, STEPS),
        needs=Permission.MANAGE_POLICY,
    )
    service_account_revoke = verb(
        accounts.revoke_account,
        ServiceAccountRevokeInput,
        "Refuse every token of an account from now on.",
        answers=ACCOUNT,
        refusals=STEPS,
        needs=Permission.MANAGE_POLICY,
    )
