"""agent.toml and overrides as a Config. What the keys are stands in `keys`."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from chalicelib.assets import default_keywords
from chalicelib.config.keys import ROWS, SECTIONS, SETTINGS, Config, contradictions, value_of, with_fitting_staleness
from chalicelib.config.other_strategy import overridden
from chalicelib.config.renamed import RENAMED, renamed
from chalicelib.config.secrets import SECRET_NAME
from chalicelib.config.values import ValueRefused, scalar, shown
from chalicelib.errors import BadInput
from chalicelib.foreign_text import printable
from chalicelib.secret import STARS, Secret

CONFIG_FILE = Path("agent.toml")
LARGEST_FILE_BYTES = 1_000_000
OVERRIDE = "--set"
Say = Callable[[str], None]


def config_file(path: Path | None = None) -> Path | None:
    """The file that `load_config` reads: the one that is named, or ./agent.toml if there is one."""
    return CONFIG_FILE if path is None and CONFIG_FILE.exists() else path


def load_config(path: Path | None = None, overrides: Sequence[str] = (), say: Say = lambda line: None) -> Config:
    """The settings in the file (None: ./agent.toml if there is one), with each "section.key=value" in its place.

    `say` hears which keys have a new name by now, and which settings in the file are those of another strategy. Raises
    BadInput naming the first mistake: the file, the key, what was given and what is allowed.
    """
    file = config_file(path)
    sources = [] if file is None else [printable(str(file))]
    document = {} if file is None else _parsed(_content(file), sources[0])
    for line in renamed(document, overrides, sources[0] if sources else ""):
        say(line)
    given: Mapping[str, object] = {} if file is None else _beside(file, dict(_file_values(document, sources[0])))
    if overrides:
        sources.append(OVERRIDE)
        given = overridden(given, [override_value(override) for override in overrides], sources[0], say)
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

    Raises BadInput for a file that cannot be read, or not without waiting for it, and for what stands under [alerts].
    """
    source = printable(str(file))
    if file.exists() and not file.is_file():
        raise BadInput(f"{source}: cannot be read: not a regular file")
    alerts = _parsed(_content(file), source).get("alerts", {})
    return config_of({"alerts": alerts}, source).alerts.webhook


def _consistent(given: Mapping[str, object], sources: Sequence[str]) -> Config:
    config = _assemble({"strategy.interval": given.get("agent.interval", Config().agent.interval), **given})
    config = replace(
        config,
        strategy=replace(config.strategy, where=" and ".join(sources)),
        inputs=replace(config.inputs, says_max_age="inputs.sentiment_max_age" in given),
        risk=replace(
            config.risk,
            says_stale_after="risk.stale_after_s" in given,
            says_take_profit="risk.take_profit" in given,
        ),
    )
    config = with_fitting_staleness(config)
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
    given: dict[str, str] = {}
    for name, value in _named(document, source):
        key, read = _value(name, value, source)
        if key in given:
            raise BadInput(f"{source}: {given[key]} and {name} are two names of one key: give the second alone")
        given[key] = name
        yield key, read


def _named(document: Mapping[str, object], source: str) -> Iterator[tuple[str, object]]:
    """Every value by its full name, as it stands in the file."""
    for section, content in document.items():
        if section not in SECTIONS:
            _refuse_unknown(source, section)
        for own, value in _table(content, section, source).items():
            if f"{section}.{own}." == SETTINGS:
                for setting, each in _table(value, SETTINGS[:-1], source).items():
                    yield f"{SETTINGS}{setting}", each
            else:
                yield f"{section}.{own}", value


def _table(content: object, name: str, source: str) -> dict[str, object]:
    if not isinstance(content, dict):
        raise BadInput(f"{source}: {name} = {shown(content)}: must be a table of keys, headed [{name}]")
    return content


def _beside(file: Path, given: dict[str, object]) -> dict[str, object]:
    """The values of a file, the strategy and the series that it names seen from where we are."""
    named = given.get("strategy.file")
    if isinstance(named, str) and named:
        given = {**given, "strategy.file": str(file.parent / named)}
    series = given.get("inputs.series")
    if isinstance(series, tuple):
        pairs = (each.partition("=") for each in series)
        given = {**given, "inputs.series": tuple(f"{name}={file.parent / path}" for name, _, path in pairs)}
    return given


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
    name = RENAMED.get(name, name)
    if name not in ROWS and not (name.startswith(SETTINGS) and name[len(SETTINGS) :].isidentifier()):
        _refuse_unknown(source, name)
    kind = ROWS[name].kind if name in ROWS else scalar()
    try:
        return name, kind.read(given)
    except ValueRefused:
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
    by_part = {row.partition(".")[2]: new for old, new in RENAMED.items() for row in (old, new)}
    by_part |= {row.partition(".")[2]: row for row in ROWS} | {each: f"[{each}]" for each in SECTIONS}
    parts = [own[:80]] if known else [own[:80], section[:80]]
    close = [(part, match) for part in parts for match in difflib.get_close_matches(part, by_part, n=1)]
    nearest = [by_part[match] for part, match in close if _is_meant(part, match)]
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    allowed = f"[{section}] has {', '.join(known)}" if known else f"the sections are {', '.join(SECTIONS)}"
    raise BadInput(f"{where}: unknown {'key' if known else 'section'}: {hint}{allowed}")


def _is_meant(typed: str, known: str) -> bool:
    """Whether somebody who typed this may have meant a known name that looks like it.

    >>> _is_meant("stoploss", "stop_loss"), _is_meant("fee_rate", "rate"), _is_meant("side", "id")
    (True, True, False)
    """
    return typed[:1] == known[:1] or known in typed.split("_") or typed in known.split("_")


def _assemble(given: Mapping[str, object]) -> Config:
    """The defaults with the given values in their places, and keywords for every symbol."""
    config = Config()
    for section in SECTIONS:
        named = {name: value for name, value in given.items() if name.startswith(f"{section}.")}
        own = {name.partition(".")[2]: value for name, value in named.items() if name in ROWS}
        config = replace(config, **{section: replace(getattr(config, section), **own)})
    settings = {name[len(SETTINGS) :]: value for name, value in given.items() if name.startswith(SETTINGS)}
    config = replace(config, strategy=replace(config.strategy, settings=settings))
    listed = config.news.keywords if "news.keywords" in given else {}
    keywords = {symbol: default_keywords(symbol) for symbol in config.agent.symbols} | dict(listed)
    return replace(config, news=replace(config.news, keywords=keywords))
