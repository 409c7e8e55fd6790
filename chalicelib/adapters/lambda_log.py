"""One line of JSON for an invocation that did something, none for one that did not: CloudWatch bills every byte.

Powertools Logger writes it. Keys: level, timestamp, service (the function), correlation_id (the minute that all stages
of one wake-up share), message (what was done, or the error in one line), exception_name and, for a defect, exception.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from chalicelib.errors import TraderError
from chalicelib.events import event_time_text
from chalicelib.foreign_text import one_line
from chalicelib.redact import Redactor

MINUTE_MS = 60_000
LONGEST_ERROR = 1000
"""Characters."""


class InvocationFailed(Exception):
    """Ends a failed invocation, so that Lambda counts an error. Its one-line text is free of secrets, which the
    original's is not: the Lambda runtime writes the text of what a handler raises into the log by itself.
    """


class Told:
    """What an invocation tells of itself."""

    def __init__(self) -> None:
        self.fields: dict[str, object] = {}

    def __call__(self, fields: Mapping[str, object]) -> None:
        """Add to the line; what is zero, empty or None costs nothing."""
        self.fields.update({name: value for name, value in fields.items() if value})


class LambdaLog:
    """Made once per process."""

    def __init__(self, function: str, redactor: Redactor, *, level: str = "INFO", stream: TextIO | None = None) -> None:
        """`level` is a name of Python's logging; `stream` is standard output unless given."""
        self._formatter = _RedactingFormatter(redactor)
        self._logger = Logger(
            service=function,
            level=level,
            stream=stream,
            logger_formatter=self._formatter,
            xray_trace_id=None,  # 40 bytes a line; the minute joins the stages
        )
        logging.getLogger(function).propagate = False  # Lambda's own handler would write each line once more

    def adopt(self, logger: logging.Logger) -> None:
        """Have another logger's handlers write like this one: Chalice logs tracebacks of routes on its own."""
        for handler in logger.handlers:
            handler.setFormatter(self._formatter)

    def warn(self, line: str) -> None:
        """One line of what went wrong without failing the invocation, with the minute of the one that is on its way."""
        self._logger.warning(line)

    @contextmanager
    def invocation(self, now_ms: int) -> Iterator[Told]:
        """Around the work of one invocation, which calls the yielded value with what it did.

        Whatever it raises is logged, an error in the same line as what was told, and becomes InvocationFailed.
        """
        told = Told()
        self._logger.set_correlation_id(event_time_text(now_ms // MINUTE_MS * MINUTE_MS)[:16])
        try:
            yield told
        except Exception as error:
            text = self._failed(error, told.fields)
        else:
            if told.fields:
                self._logger.info(told.fields)
            return
        raise InvocationFailed(text) from None

    def _failed(self, error: Exception, fields: Mapping[str, object]) -> str:
        """Log it, with its traceback where it is a defect of the program; the line."""
        kind, text = type(error).__name__, one_line(str(error), LONGEST_ERROR)
        line = self._formatter.redactor.clean(f"{kind}: {text}" if text else kind)
        message: dict[str, object] = {"error": line, **fields}
        if isinstance(error, TraderError):
            self._logger.error(message, extra={"exception_name": kind})
        else:
            self._logger.error(message, exc_info=error)
        return line


class _RedactingFormatter(LambdaPowertoolsFormatter):
    """Cleans the finished line: whatever a library put into message, arguments or traceback has to pass here."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__(
            log_record_order=["level", "timestamp", "service", "correlation_id", "message"],
            utc=True,
            use_rfc3339=True,  # the form that CloudWatch's filter by level reads
            serialize_stacktrace=False,  # it would say the traceback a second time
            location=None,
        )
        self.redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        return self.redactor.clean(super().format(record))
