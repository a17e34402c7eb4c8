"""What servers and workers write down: one JSON object a line on standard error, whoever it comes from.

Every line carries what it was written about: the request id of a request, the consumer and the events of a worker.
"""

import logging
import sys
from typing import Any, TextIO

import structlog

OURS = ("api", "domain", "graph", "workers")
"""Whose lines are kept from INFO on; of libraries only warnings are."""


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)
        self.set_name("headwater")

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        self.stream = sys.stderr
        super().emit(record)


def configure_logs() -> None:
    """Let the program's and the libraries' lines be JSON with a level, an instant in UTC and what they are about."""
    common: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = _StandardError()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(default=repr),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [*(known for known in root.handlers if known.get_name() != handler.get_name()), handler]
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
