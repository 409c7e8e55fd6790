"""Strategies in files of their own, as users have them; for tests."""
