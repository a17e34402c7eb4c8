"""What the server writes down: one JSON object a line, with the request id of whatever it was doing."""

import sys

import structlog


def configure_logs() -> None:
    """Let structlog write JSON lines on standard error, instants in UTC."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
