"""CloudFormation templates as plain data, `!Ref` and the like as their long forms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml

Json = dict[str, object]

TEMPLATE = Path(__file__).resolve().parents[2] / "infra" / "template.yaml"


class _Loader(yaml.SafeLoader):
    """YAML and the short forms of functions."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> Json:
    name = suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}"
    if isinstance(node, yaml.ScalarNode):
        return {name: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    raise ValueError(f"!{suffix}: neither text nor a list")


_Loader.add_multi_constructor("!", _long_form)


def read_template(text: str) -> Json:
    """The document, with functions in their long forms.

    >>> read_template("Name: !Sub ai-trader-${Stage}")
    {'Name': {'Fn::Sub': 'ai-trader-${Stage}'}}
    """
    return cast("Json", yaml.load(text, Loader=_Loader))  # noqa: S506 (a safe loader with more tags)


def resources(template: Json, kind: str = "") -> dict[str, Json]:
    """Resources by logical name, all or of one type."""
    everything = cast("dict[str, Json]", template["Resources"])
    return {name: each for name, each in everything.items() if kind in ("", each["Type"])}


def properties(resource: Json) -> Json:
    return cast("Json", resource.get("Properties", {}))


def text_of(value: object, names: Mapping[str, str]) -> str:
    """A text, or what `Fn::Sub` makes of one.

    >>> text_of({"Fn::Sub": "ai-trader-${Stage}"}, {"Stage": "dev"})
    'ai-trader-dev'
    """
    text = str(value["Fn::Sub"]) if isinstance(value, dict) else str(value)
    for name, given in names.items():
        text = text.replace("${" + name + "}", given)
    return text
