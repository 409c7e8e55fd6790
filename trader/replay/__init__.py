"""Replay: recorded minutes, decided again from their stored inputs through the functions that decided them.

differences  what a stored value and a recomputed one are when they are not the same, in words
records      an agent's decisions, fills, trades and equity, minute by minute, oldest first
rules        the parameters that each minute was decided by
indicators   snapshots folded anew from the stored candles
sentiment    averages taken anew from the stored headlines
venue        the recorded fills as a venue, held to what paper fills
minute       one minute traded again, and what came out otherwise
run          an agent's minutes from its first to its last
"""
