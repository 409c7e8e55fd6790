"""Real orders by hand: which exchange they go to, what was typed, sending it once, and what must be right before."""
