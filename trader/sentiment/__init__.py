"""Sentiment on a person's machine: how well analyzers score, fitting heads, writing model files."""
