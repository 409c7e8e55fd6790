"""Tuning: many parameter sets over the past, chosen on one part of it and judged on the part that follows.

limits        what may be asked
axes          the keys that vary, and what each may be
sets          one value per key, as settings
spans         parts of a market, and the folds of a walk-forward
figures       what a sweep keeps of every backtest
sweep         many sets over one span, all processors at work
search        which sets are tried: the whole grid, or what Optuna draws
judge         one set over one span, and beside its baselines
walk_forward  chosen in sample, run out of sample, fold after fold
deflated      how much of the best Sharpe ratio is owed to the number of sets tried
verdict       all of it in plain words
edges         where a choice lies at an end of what was tried, and what lies beyond
tune          the use case
files         what it leaves in its folder: summary, report, heatmap (of bins, on heatmap_page)
"""
