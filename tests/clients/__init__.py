"""Programs of people who trade by clients of Binance that are not ours, each run by a Python that has the client.

    python tests/clients/ccxt_trades.py http://127.0.0.1:8099 ws://127.0.0.1:8099

The account's key is `simulated`, its secret `hush`; what goes wrong is an exception.
"""
