"""Files of the pinned wheels that live handlers need; tests/unit/infra/test_layer.py imports each handler over them."""

from __future__ import annotations

from fnmatch import fnmatchcase

SERVICES = ("dynamodb", "lambda", "s3", "sns", "sqs", "ssm", "stepfunctions", "sts")
"""Whose API descriptions are kept; botocore brings 400 of them, 95 % of its size. A new client needs its own here."""

KEPT = (
    *(f"botocore/data/{service}/*" for service in SERVICES),
    *(f"boto3/data/{service}/*" for service in SERVICES),
    "botocore/data/_retry.json",  # these four every client reads
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "*.dist-info/licenses/*",
    "*.dist-info/LICENSE*",
    "*.dist-info/NOTICE*",
)
"""Stays although what follows would take it."""

LEFT_OUT = (
    "botocore/data/*/*",
    "boto3/data/*/*",
    "boto3/examples/*",
    "aws_lambda_powertools/event_handler/*",  # Chalice routes
    "aws_lambda_powertools/utilities/auth_alpha/*",
    "aws_lambda_powertools/utilities/batch/*",
    "aws_lambda_powertools/utilities/circuit_breaker/*",
    "aws_lambda_powertools/utilities/data_classes/*",
    "aws_lambda_powertools/utilities/data_masking/*",
    "aws_lambda_powertools/utilities/feature_flags/*",
    "aws_lambda_powertools/utilities/idempotency/*",
    "aws_lambda_powertools/utilities/kafka/*",
    "aws_lambda_powertools/utilities/parser/*",
    "aws_lambda_powertools/utilities/streaming/*",
    "aws_lambda_powertools/utilities/validation/*",
    "botocore/data/*.json",
    "dateutil/zoneinfo/*.tar.gz",  # the runtime has its own time zones, and every time here is UTC
    "urllib3/contrib/emscripten/*",
    "*.data/scripts/*",
    "*.dist-info/*",
    "*/tests/*",
    "*/test/*",
    "*/__pycache__/*",
    "*.pyc",
    "*.pyi",
    "*/py.typed",
)


def is_needed(name: str) -> bool:
    """Whether a wheel's file belongs into the layer.

    >>> is_needed("botocore/data/ec2/2016-11-15/service-2.json.gz"), is_needed("botocore/data/sns/2010-03-31/x.json.gz")
    (False, True)
    """
    return any(fnmatchcase(name, each) for each in KEPT) or not any(fnmatchcase(name, each) for each in LEFT_OUT)
