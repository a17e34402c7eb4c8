"""A server to be killed: `python -m tests.e2e.serving URL PORT` serves a record without a worker of its own."""

import sys

import uvicorn

from api.app import create_app
from workers.runtime import Runtime


def main(url: str, port: int) -> None:
    async def opened() -> Runtime:
        return await Runtime.open(url)

    uvicorn.run(create_app(opened), host="127.0.0.1", port=port, log_level="warning", ws_per_message_deflate=False)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
