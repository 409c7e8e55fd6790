"""The only reader of os.environ, .env and agent.toml. What the keys are stands in `config_keys`."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from chalicelib.assets import default_keywords
from chalicelib.config_keys import (
    ROWS,
    SECTIONS,
    Agent,
    Alerts,
    Analyzer,
    Config,
    Exchange,
    Fees,
    HaltAction,
    Mode,
    News,
    Risk,
    Strategy,
    contradictions,
    params,
    value_of,
)
from chalicelib.config_values import Refused, shown
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.secret import STARS, Secret

__all__ = [
    "APP",
    "Agent",
    "Alerts",
    "Analyzer",
    "Config",
    "Deployment",
    "Exchange",
    "Fees",
    "HaltAction",
    "Mode",
    "News",
    "Risk",
    "Secret",
    "Secrets",
    "Strategy",
    "alert_webhook",
    "cache_folder",
    "config_file",
    "config_of",
    "deployment",
    "home",
    "load_config",
    "load_secret",
    "load_secrets",
    "override_value",
    "params",
    "read_config",
    "threads",
    "tolerated",
    "value_of",
]

CONFIG_FILE = Path("agent.toml")
SECRETS_FILE = Path(".env")
LARGEST_FILE_BYTES = 1_000_000
SECRET_NAME = re.compile(r"api_?key|(^|_)key$|secret|token|passw|passphrase|credential", re.IGNORECASE)
OVERRIDE = "--set"


def home() -> Path:
    """The folder of the local store: TRADER_HOME, ./var by default."""
    return Path(os.environ.get("TRADER_HOME") or "var")


def cache_folder() -> Path:
    """Where what can be made again is kept between runs: XDG_CACHE_HOME, ~/.cache by default."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / APP


def models_folder() -> Path:
    """Where the model files lie: TRADER_MODELS, beside the installed packages by default, as `make llama` lays them."""
    return Path(os.environ.get("TRADER_MODELS") or Path(sys.prefix) / "share" / "ai-trader" / "models")


MEGABYTES_A_PROCESSOR = 1769
"""Of memory, for which Lambda gives one whole processor."""


def threads(environ: Mapping[str, str] = os.environ) -> int:
    """How many threads this function's memory pays for; more would only wait for each other. 1 anywhere else.

    >>> threads({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "3600"}), threads({"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512"})
    (2, 1)
    """
    megabytes = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "")
    return max(1, int(megabytes) // MEGABYTES_A_PROCESSOR) if megabytes.isdecimal() else 1


def config_file(path: Path | None = None) -> Path | None:
    """The file that `load_config` reads: the one that is named, or ./agent.toml if there is one."""
    return CONFIG_FILE if path is None and CONFIG_FILE.exists() else path


def load_config(path: Path | None = None, overrides: Sequence[str] = ()) -> Config:
    """The settings in the file (None: ./agent.toml if there is one), with each "section.key=value" in its place.

    Raises BadInput naming the first mistake: the file, the key, what was given and what is allowed.
    """
    file = config_file(path)
    sources = [] if file is None else [printable(str(file))]
    given = {} if file is None else dict(_file_values(_parsed(_content(file), sources[0]), sources[0]))
    if overrides:
        sources.append(OVERRIDE)
        given.update(override_value(override) for override in overrides)
    return _consistent(given, sources)


def read_config(text: str, source: str) -> Config:
    """The settings in the text of an agent.toml that `source` names. Raises BadInput as `load_config`."""
    return config_of(_parsed(text.encode(), source), source)


def config_of(document: Mapping[str, object], source: str, overrides: Sequence[str] = ()) -> Config:
    """The settings in a parsed agent.toml, each "section.key=value" in its place. Raises BadInput as `load_config`."""
    given = dict(_file_values(document, source))
    given.update(override_value(override) for override in overrides)
    return _consistent(given, [source, OVERRIDE] if overrides else [source])


def alert_webhook(file: Path) -> Secret:
    """`alerts.webhook` of the file, empty where it stands not there; no other mistake in the file is minded.

    Raises BadInput for a file that cannot be read, and for what stands under [alerts].
    """
    source = printable(str(file))
    alerts = _parsed(_content(file), source).get("alerts", {})
    return config_of({"alerts": alerts}, source).alerts.webhook


def _consistent(given: Mapping[str, object], sources: Sequence[str]) -> Config:
    config = _assemble(given)
    for name, words in contradictions(config):
        raise BadInput(f"{' and '.join(sources)}: {name} = {shown(value_of(config, name))}: must be {words}")
    return config


def _content(file: Path) -> bytes:
    source = printable(str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(f"{source}: there is no such file") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise BadInput(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > LARGEST_FILE_BYTES:
        raise BadInput(f"{source}: is larger than {LARGEST_FILE_BYTES} bytes: not a configuration")
    return content


def _parsed(content: bytes, source: str) -> Mapping[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{source}: is not UTF-8 text (byte {error.start})") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{source}: is not valid TOML: {printable(str(error))}") from None
    except (ValueError, RecursionError):  # an integer of thousands of digits, brackets nested by the hundred
        raise BadInput(f"{source}: is not a configuration: a number too long or brackets nested too deep") from None


def _file_values(document: Mapping[str, object], source: str) -> Iterator[tuple[str, object]]:
    for section, content in document.items():
        if section not in SECTIONS:
            _refuse_unknown(source, section)
        if not isinstance(content, dict):
            raise BadInput(f"{source}: {section} = {shown(content)}: must be a table of keys, headed [{section}]")
        for own, value in content.items():
            yield _value(f"{section}.{own}", value, source)


def override_value(override: str, source: str = OVERRIDE) -> tuple[str, object]:
    """Key and value of "section.key=value". Raises BadInput naming `source`, the key, what was given and is allowed."""
    name, equals, text = (part.strip() for part in override.partition("="))
    if not equals:
        raise BadInput(f"{source}: {shown(override)}: must be section.key=value, e.g. risk.stop_loss=0.03")
    value = _toml_value(text)
    if name in ROWS and ROWS[name].kind.is_list and isinstance(value, str):
        value = [part.strip() for part in value.split(",")]
    return _value(name, value, source)


def _toml_value(text: str) -> object:
    """The text as a TOML value where it is one, else the text itself."""
    try:
        document = tomllib.loads(f"value = {text}")
    except (ValueError, RecursionError):
        return text
    return document["value"] if len(document) == 1 else text


def _value(name: str, given: object, source: str) -> tuple[str, object]:
    if name not in ROWS:
        _refuse_unknown(source, name)
    kind = ROWS[name].kind
    try:
        return name, kind.read(given)
    except Refused:
        repeated = STARS if kind.is_secret else shown(given)
        raise BadInput(f"{source}: {name} = {repeated}: must be {kind.words}") from None


def _refuse_unknown(source: str, name: str) -> NoReturn:
    """Explain a name that is no key; its value is not repeated, it may be a secret."""
    where = f"{source}: {printable(name, 80)}"
    if SECRET_NAME.search(name.rpartition(".")[2]):
        raise BadInput(f"{where}: a secret must not stand here: put it into .env (docs/configuration.md)")
    import difflib

    section, _, own = name.partition(".")
    known = [row.partition(".")[2] for row in ROWS if row.startswith(f"{section}.")]
    by_part = {row.partition(".")[2]: row for row in ROWS} | {each: f"[{each}]" for each in SECTIONS}
    parts = [own[:80]] if known else [own[:80], section[:80]]
    nearest = [by_part[match] for part in parts for match in difflib.get_close_matches(part, by_part, n=1)]
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    allowed = f"[{section}] has {', '.join(known)}" if known else f"the sections are {', '.join(SECTIONS)}"
    raise BadInput(f"{where}: unknown {'key' if known else 'section'}: {hint}{allowed}")


def _assemble(given: Mapping[str, object]) -> Config:
    """The defaults with the given values in their places, and keywords for every symbol."""
    config = Config()
    for section in SECTIONS:
        own = {name.partition(".")[2]: value for name, value in given.items() if name.startswith(f"{section}.")}
        config = replace(config, **{section: replace(getattr(config, section), **own)})
    named = config.news.keywords if "news.keywords" in given else {}
    keywords = {symbol: default_keywords(symbol) for symbol in config.agent.symbols} | dict(named)
    return replace(config, news=replace(config.news, keywords=keywords))


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


APP = "ai-trader"
NOT_VITAL = ("TRADER_LOG_LEVEL", "TRADER_METRICS", "TRADER_LLAMA")
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
STAGE_NAME = re.compile("[a-z][a-z0-9]{0,11}")


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


@dataclass(frozen=True, slots=True)
class Secrets:
    """What only the environment and .env may hold; empty where not given."""

    binance_api_key: Secret = field(default_factory=Secret)
    binance_api_secret: Secret = field(default_factory=Secret)
    webhook: Secret = field(default_factory=Secret)
    token: Secret = field(default_factory=Secret)
    """What `trader status|halt|resume --url` shows to the API."""


SECRET_VARIABLES = {
    "binance_api_key": "BINANCE_API_KEY",
    "binance_api_secret": "BINANCE_API_SECRET",
    "webhook": "TRADER_WEBHOOK",
    "token": "TRADER_TOKEN",
}


def load_secrets(file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> Secrets:
    """The secrets of the environment; a variable that it lacks is taken from the file, if that exists.

    Raises BadInput, without the value, for one that no header or URL could carry and for a file that cannot be read.
    """
    variables = {**_dotenv_values(file), **environ}
    return Secrets(**{own: _secret(variable, variables) for own, variable in SECRET_VARIABLES.items()})


def given_secrets(file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> tuple[Secret, ...]:
    """Every secret that was given, usable or not, so that it can be taken out of text. Never raises."""
    try:
        variables = {**_dotenv_values(file), **environ}
    except BadInput:
        variables = dict(environ)
    return tuple(Secret(variables.get(variable, "").strip()) for variable in SECRET_VARIABLES.values())


def load_secret(own: str, file: Path = SECRETS_FILE, environ: Mapping[str, str] = os.environ) -> Secret:
    """This one of `Secrets`, whatever is wrong with the others; the file is read only where the environment lacks it.

    Raises BadInput as `load_secrets`.
    """
    variable = SECRET_VARIABLES[own]
    return _secret(variable, environ if variable in environ else _dotenv_values(file))


def _secret(variable: str, variables: Mapping[str, str]) -> Secret:
    text = variables.get(variable, "").strip()
    if not re.fullmatch("[!-~]*", text):
        raise BadInput(f"{variable}: must be printable ASCII without spaces")
    return Secret(text)


def _dotenv_values(file: Path) -> dict[str, str]:
    if not file.is_file():
        return {}
    try:
        from dotenv import dotenv_values
    except ImportError:  # on Lambda secrets come from the environment only
        return {}
    try:
        found = dotenv_values(file, interpolate=False)
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise BadInput(f"{printable(str(file))}: cannot be read: {reason}") from None
    return {name: value for name, value in found.items() if value is not None}
