"""What a deploy would do, told without doing it: nothing is left in the account that was not there before."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from chalicelib.config import APP, Deployment, load_secrets
from infra import change_set, images, layer_versions, parameters, roles
from infra.account import AwsAccount, in_one_line, pages
from infra.backtest import deploy as backtests
from infra.cloudformation import Stack
from infra.deploy import ROOT, TEMPLATE, DeployOptions, Tell
from layers.build import build

AS_IT_IS = "as it should be"


def dry_run(account: AwsAccount, names: Deployment, options: DeployOptions, tell: Tell) -> None:
    """Tell in lines like those of a deploy what it would do. Raises TraderError in one line."""
    secrets = load_secrets()
    here, there = backtests.split(options.stack_parameters)
    with in_one_line("parameters"):
        agents = parameters.begun(options.agents, parameters.stored_agents(account, names), tell)
        plan = parameters.planned(account, names, agents, secrets, rotate=options.rotate_tokens)
    _tell_all(tell, "parameters", plan)
    stack = Stack(account, names.prefix)
    with in_one_line("stack"):
        _tell_all(tell, f"stack: {stack.name}", _stack(stack, TEMPLATE.read_text("utf-8"), names, here))
    with in_one_line("image"):
        tell(f"image: {images.planned(account, names, here, images.Docker(images.run))}")
    with in_one_line("layer"):
        tell(f"layer: {'a new version' if layer_versions.is_new(account, names, build()) else AS_IT_IS}")
    with in_one_line("roles"):
        boundary = roles.wanted_boundary(here, stack.outputs() if stack.settled() else {})
        _tell_all(tell, "roles", roles.planned(account, names, boundary))
    with in_one_line("backtests"):
        stack, given = backtests.stack_of(account, names), backtests.stand_ins(account, names)
        template, both = (
            backtests.TEMPLATE.read_text("utf-8"),
            {name: here[name] for name in (roles.PARAMETER,) if name in here},
        )
        _tell_all(tell, f"backtests: {stack.name}", _stack(stack, template, names, {**given, **both, **there}))
    with in_one_line("app"):
        _tell_all(tell, "app: by chalice deploy", list(_functions(account, names)))
    tell("dry run: nothing was changed")


def _tell_all(tell: Tell, what: str, lines: list[str]) -> None:
    for line in lines or [AS_IT_IS]:
        tell(f"{what}: {line}")


def _stack(stack: Stack, template: str, names: Deployment, given: Mapping[str, str]) -> list[str]:
    return change_set.planned(stack, template, {"Stage": names.stage, **given}, {"app": APP, "stage": names.stage})


def _functions(account: AwsAccount, names: Deployment) -> Iterator[str]:
    """Chalice brings its functions, with schedule and routes, to the account anew each time."""
    config = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))
    there = {each["FunctionName"] for each in pages(account.client("lambda"), "list_functions", "Functions")}
    for function in config["lambda_functions"]:
        name = names.prefix if function == "api_handler" else names.name(function)
        yield f"{'update' if name in there else 'add'} function {name}"
