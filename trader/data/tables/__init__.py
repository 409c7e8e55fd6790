"""Files of candles as people have them, and what their columns are taken for.

unclear     why a file cannot be taken for candles, before anybody knows its name
containers  zip, gzip or plain: what a file is by its first bytes, and its text
names       the table of column names, and which column is which
text        delimiter, header and decimal mark of a text, from its first lines
csv_source, columnar, lists     text, Parquet and Feather, JSON: columns in pieces
epochs      times as numbers: seconds to nanoseconds, told apart by their size
dates       times as text
reading     the pieces of a table as open_times in ms and five columns of prices, with words for what was assumed
"""
