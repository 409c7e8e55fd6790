"""What an agent on AWS costs a month: `prices.toml` (list prices) times `metered.toml` (what was metered)."""
