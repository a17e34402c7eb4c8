"""Refusals and faults as GraphQL shows them.

A mutation's refusal is a member of its result union (SCHEMA rule 10): one type per error of the domain, registered
here once. What has no union to go to (a query's argument, syntax, limits) is a top-level error with a stable code; a
fault of the program is masked and logged.
"""

import re
from enum import Enum
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError

from api.enums import described_enum
from domain.kernel import errors as refused

log = structlog.get_logger(__name__)


class ErrorCode(Enum):
    """Stable codes of refusals."""

    INVALID_INPUT = "INVALID_INPUT"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    INVALID_TRANSITION = "INVALID_TRANSITION"
    STALE_VERSION = "STALE_VERSION"
    DUPLICATE = "DUPLICATE"
    TOO_LARGE = "TOO_LARGE"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"


described_enum(
    ErrorCode,
    "Why an act was refused; codes are stable, messages are for people.",
    INVALID_INPUT="The input breaks rules; each fault names its field.",
    NOT_FOUND="There is no such record for you: absent and invisible answer alike.",
    FORBIDDEN="You may see the record but not do this.",
    INVALID_TRANSITION="The record's state does not allow this act.",
    STALE_VERSION="Somebody changed the record since you read it.",
    DUPLICATE="A value that must be unique is taken.",
    TOO_LARGE="The question reaches past a bound of the product.",
    IDEMPOTENCY_CONFLICT="The idempotency key was used for another act.",
)


@strawberry.interface(description="An act that was refused, and why.")
class UserError:
    """What every refusal says."""

    message: str = strawberry.field(description="The reason in a sentence, for the person who meets it.")
    code: ErrorCode = strawberry.field(description="The reason for programs.")
    path: list[str] | None = strawberry.field(description="Way to the input field at fault; null when it is none.")


@strawberry.type(description="One fault of an input.")
class InputIssue:
    """A field and what is wrong with it."""

    path: list[str] = strawberry.field(description="Way to the field, from the input down; list items by number.")
    message: str = strawberry.field(description="What is wrong with it.")


@strawberry.type(description="The input breaks rules; nothing was changed.")
class InvalidInputError(UserError):
    """All faults at once."""

    issues: list[InputIssue] = strawberry.field(description="Every fault that was found.")


@strawberry.type(description="There is no such record for you; nothing was changed.")
class NotFoundError(UserError):
    """Absent and invisible alike."""


@strawberry.type(description="You may see the record but not do this; nothing was changed.")
class ForbiddenError(UserError):
    """A missing permission."""

    permission: str = strawberry.field(description="The permission that is needed, e.g. change:decide.")


@strawberry.type(description="The record's state does not allow this act; nothing was changed.")
class InvalidTransitionError(UserError):
    """The lifecycle's answer."""

    current: str = strawberry.field(description="State of the record.")
    requested: str = strawberry.field(description="The act that was asked for.")
    allowed: list[str] = strawberry.field(description="Acts that the state allows.")


@strawberry.type(description="Somebody changed the record since you read it; nothing was changed.")
class StaleVersionError(UserError):
    """Read it again and repeat the act."""

    current_version: int = strawberry.field(description="Version the record is at now.")


@strawberry.type(description="A value that must be unique is taken; nothing was changed.")
class DuplicateError(UserError):
    """Which value."""

    value: str = strawberry.field(description="The value that is taken.")


@strawberry.type(description="The idempotency key was used with another input within 24 hours; nothing was changed.")
class IdempotencyConflictError(UserError):
    """Take a new key for a new act."""


@strawberry.type(description="The question reaches past a bound of the product; nothing was changed.")
class TooLargeError(UserError):
    """Ask for less."""


def issue_path(path: str) -> list[str]:
    """Return the way to an input field in the schema's names: `ci_ids.3` is ciIds, 3."""
    return [re.sub(r"_(\w)", lambda found: found[1].upper(), step) for step in path.split(".")]


def refusal_message(refusal: refused.Refusal) -> str:
    """Return the refusal in a sentence; fields have the names that the one who asked gave them."""
    if not isinstance(refusal, refused.InvalidInput):
        return refusal.message
    return "; ".join(f"{'.'.join(issue_path(issue.path))}: {issue.message}" for issue in refusal.issues)


def refusal_error(refusal: refused.Refusal) -> UserError:
    """Return the member of the result union for a refusal of the domain."""
    basis: dict[str, Any] = {"message": refusal_message(refusal), "code": ErrorCode(refusal.code), "path": None}
    error: UserError = TooLargeError(**basis)
    match refusal:
        case refused.InvalidInput(issues=issues):
            found = [InputIssue(path=issue_path(issue.path), message=issue.message) for issue in issues]
            error = InvalidInputError(**basis | {"path": found[0].path}, issues=found)
        case refused.NotFound(path=path):
            error = NotFoundError(**basis | {"path": issue_path(path) if path else None})
        case refused.Forbidden(permission=permission):
            error = ForbiddenError(**basis, permission=permission)
        case refused.InvalidTransition(current=current, requested=requested, allowed=allowed):
            error = InvalidTransitionError(**basis, current=current, requested=requested, allowed=list(allowed))
        case refused.StaleVersion(current=current):
            error = StaleVersionError(**basis, current_version=current)
        case refused.IdempotencyConflict():
            error = IdempotencyConflictError(**basis | {"path": ["idempotencyKey"]})
        case refused.Duplicate(path=path, value=value):
            error = DuplicateError(**basis | {"path": issue_path(path)}, value=value)
    return error


class RefusalHandler:
    """The `strawberry.ExceptionHandler` that turns one kind of refusal into its member of a field's union."""

    def __init__(self, exception_type: type[refused.Refusal], error_type: type[UserError]) -> None:
        self.exception_type, self.error_type = exception_type, error_type

    def handle(self, exception: refused.Refusal, *, field: Any, info: Any) -> UserError:  # noqa: ARG002
        """Return the member of the union."""
        return refusal_error(exception)


ERROR_OF: dict[type[refused.Refusal], type[UserError]] = {
    refused.InvalidInput: InvalidInputError,
    refused.NotFound: NotFoundError,
    refused.Forbidden: ForbiddenError,
    refused.InvalidTransition: InvalidTransitionError,
    refused.StaleVersion: StaleVersionError,
    refused.Duplicate: DuplicateError,
    refused.IdempotencyConflict: IdempotencyConflictError,
    refused.TooLarge: TooLargeError,
}
HANDLERS = tuple(RefusalHandler(exception, error) for exception, error in ERROR_OF.items())


def not_listed() -> GraphQLError:
    """Return the error of a text that is not on the server's list, where nothing else is executed."""
    message = "Only documents of the server's list are executed: send the 'documentId' of one."
    return GraphQLError(message, extensions={"code": "DOCUMENT_NOT_LISTED"})


def overdue(seconds: float) -> GraphQLError:
    """Return the error of an operation that was broken off; what it had not committed is not done."""
    return GraphQLError(f"The operation took longer than {seconds:g} seconds.", extensions={"code": "TIMEOUT"})


def presented(error: GraphQLError, request_id: str) -> GraphQLError:
    """Return a top-level error as clients may see it: with a code and the request id, faults of the program masked."""
    extensions: dict[str, Any] = {"requestId": request_id}
    message = error.message
    match error.original_error:
        case refused.Refusal() as refusal:
            message = refusal_message(refusal)
            extensions |= {"code": refusal.code, **_facts(refusal)}
        case None | GraphQLError():
            extensions |= {"code": _request_code(error), **(error.extensions or {})}
        case fault:
            log.error("fault", request_id=request_id, path=error.path, exc_info=fault)
            message = "Something went wrong on our side. The request id finds it in the log."
            extensions["code"] = "INTERNAL"
    return GraphQLError(
        message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions=extensions,
    )


def _facts(refusal: refused.Refusal) -> dict[str, Any]:
    if not isinstance(refusal, refused.InvalidInput):
        return {}
    return {"issues": [{"path": issue_path(issue.path), "message": issue.message} for issue in refusal.issues]}


def _request_code(error: GraphQLError) -> str:
    if isinstance(error, GraphQLSyntaxError):
        return "GRAPHQL_PARSE_FAILED"
    return "BAD_USER_INPUT" if error.path else "GRAPHQL_VALIDATION_FAILED"
