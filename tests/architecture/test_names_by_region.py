"""What an account has once for all regions carries the region in its name, and the name is no longer than AWS takes."""

from __future__ import annotations

import boto3
import pytest

from infra.render import Target, role_policies
from tests.architecture import backtest_template, stage_names
from tests.support.cloudformation import properties, resources, text_of

GLOBAL = {
    "AWS::IAM::Role": ("RoleName", 64),
    "AWS::CloudWatch::Dashboard": ("DashboardName", 255),
    "AWS::S3::Bucket": ("BucketName", 63),
}
"""Kinds whose names know no region, with the property that names them and the longest name."""
REGIONS = [
    region
    for partition in boto3.Session().get_available_partitions()
    for region in boto3.Session().get_available_regions("lambda", partition)
]
TEMPLATES = (stage_names.template(), backtest_template.template())


def names(kind: str, place: Target) -> list[str]:
    """Of this kind, in both templates and in Chalice's configuration."""
    given = {"Stage": place.stage, "AWS::AccountId": place.account, "AWS::Region": place.region}
    found = [
        text_of(properties(each)[GLOBAL[kind][0]], given)
        for template in TEMPLATES
        for each in resources(template, kind).values()
    ]
    return found + (list(role_policies(place)) if kind == "AWS::IAM::Role" else [])


@pytest.mark.parametrize("kind", GLOBAL)
def test_no_two_regions_or_stages_share_a_name(kind: str) -> None:
    places = [
        Target(stage, "123456789012", region) for region in ("us-east-1", "eu-west-1") for stage in ("dev", "prod")
    ]
    everywhere = [name for place in places for name in names(kind, place)]
    assert everywhere
    assert len(everywhere) == len(set(everywhere))


@pytest.mark.parametrize("kind", GLOBAL)
def test_names_fit_in_the_longest_region(kind: str) -> None:
    assert len(REGIONS) > 30
    region = max(REGIONS, key=len)
    longest = max((name for name in names(kind, Target("local", "123456789012", region))), key=len)
    assert len(longest) <= GLOBAL[kind][1]


def test_every_region_is_one_that_a_stage_can_be_rendered_for() -> None:
    for region in REGIONS:
        Target("dev", "123456789012", region)
