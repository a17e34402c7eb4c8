"""Calls to addresses that users name: checked before anything is connected to, and never led elsewhere.

The name is resolved once, every address it stands for is judged, and the connection goes to the address that was
judged: a name that answers differently a moment later leads nowhere. TLS still verifies the name.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol
from urllib.parse import urlsplit

import httpx

CONNECT_SECONDS = 5.0
SECONDS = 15.0
MOST_BYTES = 4_096
"""Of an answer no more is read."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class ForbiddenAddressError(Exception):
    """The address may not be called."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered: status, and the beginning of the body."""

    status: int
    excerpt: str


class Poster(Protocol):
    """Sends a body to an address."""

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return the reply; `ForbiddenAddressError`, `httpx.HTTPError` or `TimeoutError` when there is none."""
        ...


async def resolved(host: str, port: int) -> list[str]:
    """Return the addresses a name stands for."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(address: str) -> bool:
    """Whether an address is out in the internet: not loopback, private, link-local, multicast or reserved."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inner = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo[1] if parsed.teredo else None)
        if inner is not None:
            return is_public(str(inner))
        if parsed in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class HttpPoster:
    """Posts over HTTPS to public addresses; `allows_private` lets plain HTTP and every address through, for tests."""

    def __init__(self, *, allows_private: bool = False, resolve: Resolve = resolved) -> None:
        self._allows_private, self._resolve = allows_private, resolve

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        # Made with the first message: loading the authorities takes longer than opening a record.
        return httpx.AsyncClient(
            timeout=httpx.Timeout(SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Reply:
        """Return the reply of the address."""
        async with asyncio.timeout(SECONDS):
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            address = await self._checked(parts.scheme, host, port)
            target = httpx.URL(url).copy_with(host=address, port=port)
            host_header = parts.netloc.rpartition("@")[2]
            request = self._client.build_request(
                "POST",
                target,
                content=body,
                headers={**headers, "Host": host_header},
                extensions={"sni_hostname": host},
            )
            answer = await self._client.send(request, stream=True)
            try:
                return Reply(answer.status_code, await _beginning(answer))
            finally:
                await answer.aclose()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.aclose()

    async def _checked(self, scheme: str, host: str, port: int) -> str:
        if scheme != "https" and not self._allows_private:
            raise ForbiddenAddressError("only https is called")
        try:
            addresses = await self._resolve(host, port)
        except OSError as unknown:
            raise ForbiddenAddressError(f"the name {host} stands for no address") from unknown
        if not addresses:
            raise ForbiddenAddressError(f"the name {host} stands for no address")
        if not self._allows_private and not all(is_public(address) for address in addresses):
            raise ForbiddenAddressError("the address is not a public one")
        return addresses[0]


async def _beginning(answer: httpx.Response) -> str:
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) >= MOST_BYTES:
            break
    return bytes(body[:MOST_BYTES]).decode("utf-8", errors="replace").replace("\x00", "")
