"""my_strategy.py over a generated market. Run it by: pytest test_my_strategy.py"""

from pathlib import Path

from chalicelib.kernel.codes import ENTER, EXIT
from chalicelib.strategy import Choice
from chalicelib.strategy.loader import from_file
from chalicelib.strategy.settings import rule_with
from trader.sim.bars import generated_bars

RULE = rule_with(from_file(Path(__file__).with_name("my_strategy.py")), {})  # {"fast": 9}: other settings

UNKNOWN = RULE.strategy.inputs({})  # {"sentiment": 0.3}: what is known of a series


def decided(minutes: int) -> list[tuple[float, Choice]]:
    """The close and what was wanted at it, bar by bar, as if every order filled at once."""
    state, held, found = RULE.start(), False, []
    for bar in generated_bars(minutes):
        state, values = RULE.observe(state, bar)
        choice = RULE.decide(values, bar.close, UNKNOWN, held)
        held = choice.action == ENTER or (held and choice.action != EXIT)
        found.append((bar.close, choice))
    return found


def test_it_enters_and_leaves() -> None:
    actions = [choice.action for _, choice in decided(minutes=2_880)]
    assert actions.count(ENTER) > 0
    assert actions.count(EXIT) > 0


def test_every_stop_lies_below_its_entry() -> None:
    for close, choice in decided(minutes=2_880):
        assert choice.action != ENTER or choice.stop < close
