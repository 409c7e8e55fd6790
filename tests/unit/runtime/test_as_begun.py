"""Settings that say nothing of the age of headlines: a new agent begins with 24h, another goes on as it decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.config import Config, load_config
from chalicelib.strategy.chosen import config_hash, rule_of
from tests.support.world import World
from trader.runtime.begun import as_begun


def run(*settings: str) -> World:
    world = World(settings=settings)
    with world.database.transaction():
        world.run(20)
    return world


def begun(world: World, config: Config) -> tuple[str, list[str]]:
    said: list[str] = []
    return as_begun(config, world.stores, said.append).inputs.sentiment_max_age, said


def test_an_agent_that_never_traded_here_begins_with_24h_and_that_is_said() -> None:
    world = World()
    where = 'agent default: inputs.sentiment_max_age = "24h", as new agents begin: the settings say nothing of it'
    assert begun(world, world.config) == ("24h", [where])
    world.close()


def test_one_that_traded_before_the_key_came_goes_on_without_a_limit_and_under_its_hash() -> None:
    world = run()
    assert begun(world, world.config) == ("off", [])
    again = as_begun(world.config, world.stores, print)
    assert config_hash(again, rule_of(again)) == world.rules.config_hash
    world.close()


def test_one_that_began_with_a_limit_goes_on_with_it() -> None:
    world = run("inputs.sentiment_max_age=36h")
    silent = load_config(None, ["agent.symbols=AAAUSDT,BBBUSDT"])
    where = 'agent default: inputs.sentiment_max_age = "36h", as it has decided so far: the settings say nothing of it'
    assert begun(world, silent) == ("36h", [where])
    other = replace(silent, agent=replace(silent.agent, id="other"))
    assert begun(world, other)[0] == "24h"
    world.close()


@pytest.mark.parametrize("value", ["off", "3h", "24h"])
def test_what_the_settings_say_holds_for_new_agents_and_for_others(value: str) -> None:
    said = load_config(None, [f"inputs.sentiment_max_age={value}"])
    for world in (World(), run(), run("inputs.sentiment_max_age=36h")):
        assert begun(world, said) == (value, [])
        world.close()
