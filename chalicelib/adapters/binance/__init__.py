"""Binance spot, or anything that speaks its API: REST over requests, streams over websockets.

`stream` and `stream_connection` need the websockets package and are for a person's machine only; no live Lambda
imports them.
"""
