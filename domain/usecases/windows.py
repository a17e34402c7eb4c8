"""Maintenance windows and freezes, and leave to work inside a freeze (ENGINES 3.3, 3.4)."""

from dataclasses import dataclass

from domain.change.lifecycle import require_outsider
from domain.change.model import Change
from domain.change.window_rules import WindowFacts, change_window_issues, exemption_issues
from domain.change.windows import ChangeWindow, ScopeKind, WindowExemption, WindowKind
from domain.ci.model import BusinessService, CiClass, ConfigurationItem
from domain.kernel.absent import apply_facts, trimmed
from domain.kernel.actor import Actor, Permission
from domain.kernel.errors import InvalidTransition, Issue
from domain.ports import Ports, UnitOfWork
from domain.usecases.act import Reference, act, check, check_free, doer


@dataclass(frozen=True, slots=True, kw_only=True)
class DefineWindow:
    """A new window: what it does, what it applies to, when. `scope_id` is a site, a class name, a CI or service id."""

    kind: WindowKind
    scope_kind: ScopeKind
    scope_id: str | None = None
    facts: WindowFacts


async def define(ports: Ports, actor: Actor, command: DefineWindow) -> str:
    """State a recurring or one-off window (`windowDefine`)."""
    async with act(ports, actor, Permission.WRITE_WINDOW) as work:
        window = ChangeWindow(
            id=work.new_id(),
            external_id=None,
            name="",
            kind=command.kind,
            scope_kind=command.scope_kind,
            scope_id=trimmed(command.scope_id),
            time_zone="UTC",
            local_start="",
            local_end="",
            valid_from=work.now,
        )
        await _state(work, window, command.facts)
        work.add(window)
        work.record("change_window.defined", window)
    return window.id


async def update(ports: Ports, actor: Actor, window_id: str, expected_version: int, facts: WindowFacts) -> str:
    """Change name, zone, times or dates of a window (`windowUpdate`)."""
    async with act(ports, actor, Permission.WRITE_WINDOW) as work:
        window = await _open_window(work, window_id, expected_version, "UPDATE")
        await _state(work, window, facts)
        work.record("change_window.updated", window)
    return window.id


async def end(ports: Ports, actor: Actor, window_id: str, expected_version: int) -> str:
    """Say that a window holds no longer (`windowEnd`)."""
    async with act(ports, actor, Permission.WRITE_WINDOW) as work:
        window = await _open_window(work, window_id, expected_version, "END")
        window.valid_to = work.now
        work.record("change_window.ended", window)
    return window.id


async def exempt(
    ports: Ports, actor: Actor, window_id: str, expected_version: int, *, change_id: str, reason: str
) -> str:
    """Let one change run inside a freeze; nobody gives this leave to a change of their own (`windowExempt`, D13)."""
    async with act(ports, actor, Permission.MANAGE_CHANGE) as work:
        window = await _open_window(work, window_id, expected_version, "EXEMPT")
        change = await work.find(Change, id=change_id)
        await check(
            work, exemption_issues(window, change_id, reason.strip()), Reference("change_id", Change, change_id)
        )
        if change is not None:
            require_outsider(actor, change, Permission.MANAGE_CHANGE)
        window.exemptions.append(
            WindowExemption(
                id=work.new_id(),
                window_id=window.id,
                change_id=change_id,
                granted_by=doer(actor),
                reason=reason.strip(),
                recorded_at=work.now,
            )
        )
        work.record("change_window.exempted", window)
    return window.id


async def _open_window(work: UnitOfWork, window_id: str, expected_version: int, requested: str) -> ChangeWindow:
    window = await work.get_at(ChangeWindow, window_id, expected_version)
    if window.valid_to is not None:
        raise InvalidTransition("change window", "ENDED", requested, [])
    return window


async def _state(work: UnitOfWork, window: ChangeWindow, facts: WindowFacts) -> None:
    apply_facts(window, facts)
    await check(work, [*change_window_issues(window), *await _scope_issues(work, window)])
    await check_free(work, "change window", window, "external_id")


async def _scope_issues(work: UnitOfWork, window: ChangeWindow) -> list[Issue]:
    match window.scope_kind:
        case ScopeKind.CI:
            found = await work.find(ConfigurationItem, id=window.scope_id) is not None
        case ScopeKind.SERVICE:
            found = await work.find(BusinessService, id=window.scope_id) is not None
        case ScopeKind.CI_CLASS:
            found = await work.find(CiClass, name=window.scope_id) is not None
        case ScopeKind.SITE | ScopeKind.ORGANISATION:
            found = True
    missing = window.scope_kind.value.lower().replace("_", " ")
    return [] if found or not window.scope_id else [Issue("scope_id", f"no {missing} '{window.scope_id}'")]
