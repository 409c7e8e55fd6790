"""Backtests on Step Functions: the state machine, its functions as an image or as a zip, and how they are deployed."""
