"""Settings that an agent in real time goes on with where its own say nothing of a key that came later."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib import wiring
from chalicelib.config import Config
from chalicelib.config.keys import ROWS, with_value

MAX_AGE = "inputs.sentiment_max_age"
LOOKED_AT = 100
"""Of its newest decisions: one for a symbol without a candle rests on nothing."""


def as_begun(config: Config, stores: wiring.Stores, say: Callable[[str], None]) -> Config:
    """The settings with an age limit of headlines: as they say, else as the agent last decided, else as a new agent's.

    So nobody's trades change unseen, and no new agent is moved by the news of years ago. Raises Unavailable.
    """
    if config.inputs.says_max_age:
        return config
    if stores.portfolios.load(config.agent.id) is None:
        return _with(config, str(ROWS[MAX_AGE].of_new_agents), "as new agents begin", say)
    decided, _ = stores.journal.decisions(config.agent.id, LOOKED_AT)
    known = next((each.sentiment.max_age_ms for each in decided if each.candle is not None), None)
    if known is None:
        return config
    return _with(config, str(ROWS[MAX_AGE].kind.read(f"{known // 60_000}m")), "as it has decided so far", say)


def _with(config: Config, value: str, why: str, say: Callable[[str], None]) -> Config:
    say(f'agent {config.agent.id}: {MAX_AGE} = "{value}", {why}: the settings say nothing of it')
    return with_value(config, MAX_AGE, value)
