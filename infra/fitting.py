"""Whether an agent's settings fit into its item in DynamoDB, which grows by every symbol and headline.

Nothing is estimated: the largest minute that the settings allow is made up and measured as the store would write it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from random import Random

from chalicelib import codec, words
from chalicelib.adapters.dynamodb.head import PreviousVersion, item_of
from chalicelib.adapters.dynamodb.items import LARGEST_ITEM_BYTES, new_nonce, size_bytes
from chalicelib.adapters.dynamodb.minutes import line_of
from chalicelib.config import Config
from chalicelib.domain import (
    MINUTE_MS,
    Candle,
    Change,
    Decision,
    EquityPoint,
    Order,
    Portfolio,
    Reason,
    Sentiment,
    Side,
)
from chalicelib.errors import BadInput
from chalicelib.kernel import codes
from chalicelib.kernel.account import Account, Position, Slot, Terms
from chalicelib.kernel.account import Order as KernelOrder
from chalicelib.services.minute import AgentRules, client_id
from chalicelib.strategy.rule import named_values

_MODEL = "smollm2-135m-22-q8_0-crypto-683de271-dfd4db03+lexicon-crypto-ca398890 (fallback)"
_MINUTE_MS, _VERSION = 4_102_444_740_000, 10**9
"""As long in digits as they will be for decades."""
_SIGNALS = ("BandBreakDown",) * 6
"""As many words, and as long, as any of our strategies says of a bar."""
_HEADLINES, _DRAWS = 10**8, 4


def check(file: Path, config: Config, rules: AgentRules) -> None:
    """Raises BadInput where some minute of the agent may be more than DynamoDB takes, with how many symbols fit."""
    symbols, window = config.agent.symbols, config.inputs.sentiment_window
    if largest_bytes(config, rules, symbols) <= LARGEST_ITEM_BYTES:
        return
    fit = bisect_right(
        range(1, len(symbols)), LARGEST_ITEM_BYTES, key=lambda n: largest_bytes(config, rules, symbols[:n])
    )
    raise BadInput(
        f"{file}: agent.symbols: agent {config.agent.id} lists {len(symbols)} symbols; all of them stand in its one "
        f"item of {LARGEST_ITEM_BYTES // 1000} kB in DynamoDB, each with {window} headlines "
        f"(inputs.sentiment_window), where at most {fit} fit: {symbols[0]} to {symbols[fit - 1]}"
    )


def largest_bytes(config: Config, rules: AgentRules, symbols: Sequence[str]) -> int:
    """Size of the agent's item after a minute in which each symbol is held, ordered and decided on a full window."""
    numbers = _Numbers(Random(len(symbols)))
    portfolio = _portfolio(rules, symbols, numbers)
    decisions = tuple(_decision(config, rules, symbol, numbers) for symbol in symbols)
    equity = EquityPoint(_MINUTE_MS, numbers.long(), numbers.long(), numbers.long(), "flatten", portfolio)
    line = line_of(Change(portfolio, decisions=decisions, equity=equity))
    waiting = () if line is None else (line,)
    return size_bytes(
        item_of(rules.agent_id, codec.dump(portfolio), PreviousVersion(_VERSION, waiting, _MINUTE_MS), new_nonce())
    )


class _Numbers:
    """Numbers that compress badly."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def long(self) -> float:
        """One with every digit that a float can have."""
        return max((self._random.uniform(-1.0, 1.0) for _ in range(_DRAWS)), key=lambda number: len(repr(number)))

    def below(self, bound: int) -> int:
        return self._random.randrange(bound)

    def evidence(self, count: int) -> tuple[tuple[str, float], ...]:
        """So many headlines that no other symbol has, newest first."""
        ids = sorted((self.below(_HEADLINES) for _ in range(count)), reverse=True)
        return tuple((f"{number:08d}", self.long()) for number in ids)


def _portfolio(rules: AgentRules, symbols: Sequence[str], numbers: _Numbers) -> Portfolio:
    return Portfolio(
        agent_id=rules.agent_id,
        version=_VERSION,
        account=Account(numbers.long(), numbers.long(), numbers.long(), 99_999, numbers.long(), codes.DRAWDOWN),
        slots={symbol: _slot(numbers) for symbol in symbols},
        orders=tuple(_order(rules.agent_id, symbol, numbers) for symbol in symbols),
        minute_ms=_MINUTE_MS,
        rule=rules.rule.strategy.hash,
        unfinished=tuple(symbols) if rules.rule.interval_ms > MINUTE_MS else (),
        positions=_VERSION,
        numbers={symbol: numbers.below(_VERSION) for symbol in symbols},
    )


def _slot(numbers: _Numbers) -> Slot:
    entry_ms = _MINUTE_MS - MINUTE_MS * numbers.below(10**6)
    quantity, price, fee, highest, stop, target, entered = (numbers.long() for _ in range(7))
    parts, adds, bars = (numbers.below(10**6) for _ in range(3))
    terms = Terms(numbers.long(), numbers.long(), numbers.below(10**6))
    position = Position(quantity, price, fee, entry_ms, highest, stop, target, entered, parts, adds, bars, terms)
    order = KernelOrder(codes.SELL, numbers.long(), codes.SIGNAL, numbers.long(), numbers.long(), terms)
    return Slot(position, order, numbers.long(), numbers.below(10**6), False)


def _order(agent_id: str, symbol: str, numbers: _Numbers) -> Order:
    name = client_id(agent_id, symbol, _MINUTE_MS, "entry")
    return Order(name, agent_id, symbol, Side.SELL, numbers.long(), Reason.TRAILING_STOP, _MINUTE_MS)


def _candle(symbol: str, numbers: _Numbers) -> Candle:
    opening, high, low, close, volume = (numbers.long() for _ in range(5))
    return Candle(symbol, _MINUTE_MS, opening, high, low, close, volume)


def _decision(config: Config, rules: AgentRules, symbol: str, numbers: _Numbers) -> Decision:
    return Decision(
        agent_id=config.agent.id,
        symbol=symbol,
        minute_ms=_MINUTE_MS,
        candle=_candle(symbol, numbers),
        snapshot={name: numbers.long() for name in named_values(rules.rule.undefined)},
        sentiment=Sentiment(numbers.long(), numbers.evidence(config.inputs.sentiment_window), _MODEL),
        signals=_SIGNALS,
        in_position=True,
        action=words.ACTIONS[codes.ENTER],
        outcome=words.OUTCOMES[codes.BELOW_MIN_NOTIONAL],
        reason=Reason.TRAILING_STOP,
        quantity=numbers.long(),
        equity=numbers.long(),
        config_hash=rules.config_hash,
        decided_ms=_MINUTE_MS,
        rule=rules.rule.strategy.hash,
        bar=_candle(symbol, numbers) if rules.rule.interval_ms > MINUTE_MS else None,
    )
