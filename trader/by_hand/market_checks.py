"""Preflight: whether the exchange can be reached, the clocks agree, and the symbols are such as we know."""

from __future__ import annotations

from collections.abc import Iterator

from chalicelib.wanted_orders import KNOWN_KINDS
from trader.by_hand.examined import PairState
from trader.by_hand.finding import Preflight, PreflightFinding, Premises

MOST_AHEAD_MS = 1_000
"""What the exchange refuses: a request from a later time than this after its own."""
NEEDED_KINDS = frozenset({"MARKET"})
"""What an agent orders by."""


def clock(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether the exchange answers from here, and its clock shows what this machine's does."""
    theirs_ms = premises.exchange.time_ms()
    yield PreflightFinding("region", Preflight.OK, f"{premises.destination.words} answers from here")
    ahead_ms = premises.now_ms - theirs_ms
    told = f"this machine is {abs(ahead_ms)} ms {'ahead of' if ahead_ms > 0 else 'behind'} the exchange"
    if -premises.config.exchange.recv_window_ms <= ahead_ms <= MOST_AHEAD_MS:
        yield PreflightFinding("clock", Preflight.OK, told)
    elif premises.destination.is_simulated:
        yield PreflightFinding("clock", Preflight.NOTE, f"{told}, whose time is its own")
    else:
        yield PreflightFinding("clock", Preflight.FIX, f"{told}: set it right (NTP)")


def symbols(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether each symbol of the agent trades, by filters and types of order that we know."""
    for name in premises.config.agent.symbols:
        pair = premises.exchange.pair(name)
        yield _status(pair)
        yield _filters(pair)
        yield _kinds(pair)


def alerts(premises: Premises) -> Iterator[PreflightFinding]:
    """Whether anybody hears of trouble."""
    if premises.has_alerts:
        yield PreflightFinding("alerts", Preflight.OK, "a webhook is set; `trader paper run` posts to it")
        return
    words = "no webhook: set TRADER_WEBHOOK in .env (docs/alerts.md), or nobody hears of a halt"
    yield PreflightFinding("alerts", Preflight.FIX if premises.destination.is_live else Preflight.NOTE, words)


def _status(pair: PairState) -> PreflightFinding:
    state = Preflight.OK if pair.status == "TRADING" else Preflight.FIX
    advice = "" if state is Preflight.OK else ": no order is taken; wait, or take it out of agent.symbols"
    return PreflightFinding(f"status of {pair.name}", state, f"{pair.status}{advice}")


def _filters(pair: PairState) -> PreflightFinding:
    check = f"filters of {pair.name}"
    if pair.unknown_filters:
        names = ", ".join(pair.unknown_filters)
        return PreflightFinding(check, Preflight.FIX, f"not known, so no order is sent: {names}; update this program")
    return PreflightFinding(check, Preflight.OK, "all known")


def _kinds(pair: PairState) -> PreflightFinding:
    check = f"order types of {pair.name}"
    if missing := sorted(NEEDED_KINDS.difference(pair.kinds)):
        return PreflightFinding(check, Preflight.FIX, f"it takes no {', '.join(missing)} orders, by which agents trade")
    if unknown := [kind for kind in pair.kinds if kind not in KNOWN_KINDS]:
        return PreflightFinding(check, Preflight.NOTE, f"not known, never used: {', '.join(unknown)}")
    return PreflightFinding(check, Preflight.OK, "all known")
