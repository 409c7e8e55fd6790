"""Settings: keys of agent.toml, secrets, folders, the deployed stage; the only readers of the environment."""

from __future__ import annotations

from chalicelib.config.deployment import Deployment, deployment, threads, tolerated
from chalicelib.config.keys import (
    AgentSettings,
    AlertsSettings,
    Analyzer,
    Config,
    ExchangeSettings,
    FeesSettings,
    HaltAction,
    InputsSettings,
    Mode,
    NewsSettings,
    RiskSettings,
    StrategySettings,
    params,
    value_of,
)
from chalicelib.config.places import APP, cache_folder, home, models_folder
from chalicelib.config.reader import alert_webhook, config_file, config_of, load_config, override_value, read_config
from chalicelib.config.secrets import Secrets, given_secrets, load_secret, load_secrets, private_key_file
from chalicelib.secret import Secret

__all__ = [
    "APP",
    "AgentSettings",
    "AlertsSettings",
    "Analyzer",
    "Config",
    "Deployment",
    "ExchangeSettings",
    "FeesSettings",
    "HaltAction",
    "InputsSettings",
    "Mode",
    "NewsSettings",
    "RiskSettings",
    "Secret",
    "Secrets",
    "StrategySettings",
    "alert_webhook",
    "cache_folder",
    "config_file",
    "config_of",
    "deployment",
    "given_secrets",
    "home",
    "load_config",
    "load_secret",
    "load_secrets",
    "models_folder",
    "override_value",
    "params",
    "private_key_file",
    "read_config",
    "threads",
    "tolerated",
    "value_of",
]
