"""The trading part of the simulated exchange: accounts, orders, matching against the market's path."""
