"""A small OpenID Connect provider over real HTTP: discovery, keys that turn, tokens of any shape."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

AUDIENCE = "headwater"


@dataclass
class IdentityProvider:
    """What it signs with, what it tells of that, and how often it was asked."""

    port: int
    keys: list[RSAKey] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    @property
    def issuer(self) -> str:
        """The address it is known by."""
        return f"http://127.0.0.1:{self.port}"

    def turn_keys(self) -> None:
        """Sign with a new key from now on and tell of no other."""
        number = sum(len(key.kid or "") for key in self.keys) + len(self.asked) + 1
        self.keys = [RSAKey.generate_key(2048, {"kid": f"key-{number}-{time.monotonic_ns()}", "use": "sig"})]

    def token(self, *, key: Any = None, algorithm: str = "RS256", kid: str | None = None, **claims: Any) -> str:
        """Return a good token, but for what is said otherwise; a claim that is None is left out."""
        now = int(time.time())
        said = {
            "iss": self.issuer,
            "aud": AUDIENCE,
            "sub": "ada-1",
            "name": "Ada Lind",
            "iat": now,
            "exp": now + 300,
        } | claims
        header = {"alg": algorithm, "kid": kid or self.keys[0].kid}
        return jwt.encode(
            header, {name: value for name, value in said.items() if value is not None}, key or self.keys[0], [algorithm]
        )

    def answer(self, path: str) -> Any:
        """Return what is told at a path, None for nothing."""
        self.asked.append(path)
        return {
            "/.well-known/openid-configuration": {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/keys"},
            "/keys": {
                "keys": [
                    {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LTAxMjM", "kid": "shared"},
                    *(key.as_dict(private=False) for key in self.keys),
                ]
            },
        }.get(path)


@contextmanager
def identity_provider() -> Iterator[IdentityProvider]:
    """Run a provider on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = None if provider.is_down else provider.answer(self.path)
            body = json.dumps(found).encode()
            self.send_response(503 if found is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider = IdentityProvider(server.server_address[1])
        provider.turn_keys()
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        try:
            yield provider
        finally:
            server.shutdown()
            serving.join()
