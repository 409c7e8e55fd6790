"""Checks of what a backtest may claim: that nothing looks ahead, and how much history an indicator needs.

columns    what a subject gives: a value per minute under each name, and when in its minute it may be known
market     what a subject is given, and the same market cut after some minute
subjects   what of this project is checked: the kernel step by step, run(), the walk, wishes, sentiment
functions  an indicator of the user's own, named by module and function
stream     the kernel fed bar by bar: what a run cut after any minute comes to, for every minute
blind      a process that is told of a minute only after all that lies before it was asked for
cuts       at which minutes history is cut
lookahead  the whole market against all of that, and what differed first
recursion  how many bars an indicator needs until it agrees with the one that saw everything
leak_words what differed, in words
strategy_check  all of a strategy file at once: what it may use, its form, both engines, warm-up, look-ahead, speed
"""
