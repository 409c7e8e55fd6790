"""Thresholds of ours that cross, by strategy: what a file says itself by NOT_ABOVE.

They stand here since the hash of a strategy's file is in every record and in the hash of every agent's settings.
"""

NOT_ABOVE = {"rsi_sentiment": (("sentiment_sell", "sentiment_buy"),)}
