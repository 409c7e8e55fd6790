"""One deployed stage: the names in its account, and what deploying told this process by environment variables."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.config.places import APP
from chalicelib.errors import BadInput

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
STAGE_NAME = re.compile("[a-z][a-z0-9]{0,11}")
MEGABYTES_A_PROCESSOR = 1769
"""Of memory, for which Lambda gives one whole processor."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One deployed stage: every name in the account follows from it."""

    stage: str
    topic_arn: str = ""
    """Where alerts go; empty: nowhere."""
    log_level: str = "INFO"
    metrics: bool = False
    """Whether the latency from close to order becomes a custom metric, 0.30 USD a month."""
    llama: bool = False
    """Whether the container function that scores with language models is deployed."""

    @property
    def prefix(self) -> str:
        """What the name of every function, table, topic and queue begins with."""
        return f"{APP}-{self.stage}"

    def name(self, part: str) -> str:
        """The name of a function, table, topic or queue.

        >>> Deployment("dev").name("candles")
        'ai-trader-dev-candles'
        """
        return f"{self.prefix}-{part}"

    def path(self, part: str) -> str:
        """The path of a parameter, or of a folder of them.

        >>> Deployment("dev").path("agents")
        '/ai-trader/dev/agents'
        """
        return f"/{APP}/{self.stage}/{part}"


NOT_VITAL = ("TRADER_LOG_LEVEL", "TRADER_METRICS", "TRADER_LLAMA")


def deployment(environ: Mapping[str, str] = os.environ) -> Deployment:
    """What deploying told this process: TRADER_STAGE (unset: local), TRADER_TOPIC_ARN, _LOG_LEVEL, _METRICS, _LLAMA.

    Raises BadInput naming the variable.
    """
    stage = environ.get("TRADER_STAGE") or "local"
    if not STAGE_NAME.fullmatch(stage):
        raise BadInput(f"TRADER_STAGE: {stage!r} given, 1 to 12 small letters and digits allowed, a letter first")
    level = environ.get("TRADER_LOG_LEVEL") or "INFO"
    if level not in LOG_LEVELS:
        raise BadInput(f"TRADER_LOG_LEVEL: {level!r} given, {', '.join(LOG_LEVELS)} allowed")
    metrics, llama = _switch("TRADER_METRICS", environ), _switch("TRADER_LLAMA", environ)
    return Deployment(stage, environ.get("TRADER_TOPIC_ARN", ""), level, metrics, llama)


def tolerated(environ: Mapping[str, str] = os.environ) -> tuple[Deployment, tuple[str, ...]]:
    """As `deployment`, for processes that have to halt whatever else is wrong: what is not vital takes its default.

    Beside it a line for each variable that does. Raises BadInput for the stage alone, which every name follows from.

    >>> tolerated({"TRADER_STAGE": "dev", "TRADER_METRICS": "yes"})[1]
    ("TRADER_METRICS: 'yes' given, 0 or 1 allowed",)
    """
    good, mistakes = dict(environ), []
    for variable in NOT_VITAL:
        try:
            deployment({variable: environ.get(variable, "")})
        except BadInput as error:
            mistakes.append(str(error))
            good[variable] = ""
    return deployment(good), tuple(mistakes)


def _switch(variable: str, environ: Mapping[str, str]) -> bool:
    given = environ.get(variable) or "0"
    if given not in ("0", "1"):
        raise BadInput(f"{variable}: {given!r} given, 0 or 1 allowed")
    return given == "1"


def threads(environ: Mapping[str, str] = os.environ) -> int:
    """How many threads this function's memory pays for; more would only wait for each other. 1 anywhere else.

    >>> threads({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3600"}), threads({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"})
    (2, 1)
    """
    megabytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    return max(1, int(megabytes) // MEGABYTES_A_PROCESSOR) if megabytes.isdecimal() else 1
