"""What a compose file refers to, and every reference that leads nowhere; no engine is needed to read one."""

import re
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]

VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?P<rest>[^}]*)\}")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|KEY")
ADDRESS = re.compile(r"[a-z+]+://(?:[^@/\s]*@)?(?P<host>[\w.-]+)")
CONDITIONS_THAT_NEED_A_CHECK = "service_healthy"


@dataclass(frozen=True, slots=True)
class House:
    """What the compose file may refer to: our commands with their options, our settings and our paths."""

    commands: Mapping[str, Set[str]]
    settings: Set[str]
    paths: Set[str]


def faults(compose: Document, house: House) -> list[str]:
    """Return everything that is wrong, named by service."""
    rules: tuple[Callable[[str, Document, Document], Iterator[str]], ...] = (
        _dependencies,
        _volumes,
        _networks,
        _limits,
        _hardening,
        _hosts,
    )
    found: list[str] = []
    for name, service in compose["services"].items():
        for rule in rules:
            found += [f"{name}: {fault}" for fault in rule(name, service, compose)]
        found += [f"{name}: {fault}" for fault in _ours(service, house)]
    return [*found, *_unused(compose), *_secrets(compose)]


def variables(compose: Document) -> dict[str, list[str]]:
    """Return what each variable of the file is followed by: `:?...` requires it, `:-...` gives a default."""
    found: dict[str, list[str]] = {}
    for text in _texts(compose):
        for match in VARIABLE.finditer(text.replace("$$", "")):
            found.setdefault(match["name"], []).append(match["rest"])
    return found


def _dependencies(name: str, service: Document, compose: Document) -> Iterator[str]:
    for other, how in service.get("depends_on", {}).items():
        target = compose["services"].get(other)
        if target is None:
            yield f"depends on {other}, which is no service"
        elif how["condition"] == CONDITIONS_THAT_NEED_A_CHECK and "test" not in target.get("healthcheck", {}):
            yield f"waits for {other} to be healthy, which is never checked"


def _volumes(name: str, service: Document, compose: Document) -> Iterator[str]:
    for volume in service.get("volumes", ()):
        source = volume.split(":")[0]
        if source not in compose.get("volumes", {}):
            yield f"mounts {source}, which is no named volume"


def _networks(name: str, service: Document, compose: Document) -> Iterator[str]:
    joined = service.get("networks", ())
    if not joined:
        yield "joins the default network: name one"
    yield from (f"joins {network}, which is not declared" for network in joined if network not in compose["networks"])
    if service.get("ports") and all((compose["networks"].get(n) or {}).get("internal") for n in joined):
        yield "publishes a port from internal networks alone"
    for other in service.get("depends_on", {}):
        if not set(joined) & set(compose["services"].get(other, {}).get("networks", ())):
            yield f"shares no network with {other}"


def _limits(name: str, service: Document, compose: Document) -> Iterator[str]:
    limits = service.get("deploy", {}).get("resources", {}).get("limits", {})
    yield from (f"has no limit on {kind}" for kind in ("cpus", "memory", "pids") if kind not in limits)
    if "healthcheck" not in service:
        yield "does not say how its health is checked"


def _hardening(name: str, service: Document, compose: Document) -> Iterator[str]:
    if "no-new-privileges:true" not in service.get("security_opt", ()):
        yield "may gain privileges"
    if service.get("privileged") or service.get("network_mode") == "host":
        yield "reaches into the host"
    if ":" not in service.get("image", "").split("/")[-1]:
        yield "has an image without a version"
    if "build" in service and not (service.get("read_only") and service.get("cap_drop") == ["ALL"]):
        yield "can write to its own files or keeps capabilities"


def _hosts(name: str, service: Document, compose: Document) -> Iterator[str]:
    for setting, value in service.get("environment", {}).items():
        for address in ADDRESS.finditer(VARIABLE.sub("x", str(value))):
            if address["host"] not in compose["services"]:
                yield f"{setting} leads to {address['host']}, which is no service"


def _ours(service: Document, house: House) -> Iterator[str]:
    for setting in service.get("environment", {}):
        if setting.startswith("HEADWATER_") and setting not in house.settings:
            yield f"{setting} is no setting"
    command = service.get("command", ())
    if command and command[0] == "headwater":
        options = house.commands.get(command[1])
        if options is None:
            yield f"headwater {command[1]} is no command"
        else:
            unknown = (word for word in command[2:] if word.startswith("--") and word not in options)
            yield from (f"headwater {command[1]} has no {option}" for option in unknown)
    for part in service.get("healthcheck", {}).get("test", ()):
        for address in re.finditer(r"127\.0\.0\.1:8000(/\w*)", part):
            if address[1] not in house.paths:
                yield f"its health is asked at {address[1]}, which is no path"


def _unused(compose: Document) -> Iterator[str]:
    services = compose["services"].values()
    for kind in ("volumes", "networks"):
        used = {str(name).split(":")[0] for service in services for name in service.get(kind, ())}
        yield from (f"{kind}: {name} is used by nobody" for name in compose.get(kind, {}) if name not in used)


def _secrets(compose: Document) -> Iterator[str]:
    for name, uses in variables(compose).items():
        if SECRET.search(name) and not all(use.startswith(":?") for use in uses):
            yield f"{name} may be left empty"
    for name, service in compose["services"].items():
        for setting, value in service.get("environment", {}).items():
            if SECRET.search(setting) and not VARIABLE.search(str(value)):
                yield f"{name}: {setting} is written down"


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value
