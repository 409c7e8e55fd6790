"""report.html: a backtest to look at, in one file that opens offline.

content      what a page is made from: `Report`, and `Trials` where parameters were searched for
page         `write_report`: everything below put together
verdict      what the figures allow to say, in sentences
figures      the figures beside both baselines, with what each means
months       returns by month and year
trades       how trades ended, how long they were held, how much was invested
groups       trades by symbol and by the reasons of entry and exit
costs        fees and slippage, and what would be without them
facts        data, parameter sets tried, settings; and all of it for scripts
chart_data   what is drawn: candles, curves and trades as JSON
value_data   the same of what the strategy saw and of levels; value_panes: where each value is drawn
packing      numbers as short text
wording      numbers, times and spans as a person reads them
markup       elements whose text is escaped, whoever it came from
*.js *.css   what the page does and how it looks: no library, nothing is fetched
"""

from trader.report.content import Report, SampleSpan, Trials
from trader.report.page import write_report

__all__ = ["Report", "SampleSpan", "Trials", "write_report"]
