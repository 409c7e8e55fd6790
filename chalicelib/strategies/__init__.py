"""Built-in strategies, one file each, in the form that a user's own file has (docs/strategies.md)."""
