"""Files of candles as people have them, and what their columns are taken for.

unclear           why a table cannot be taken for candles, without the name of its file
containers        what a file is by its first bytes, and what is packed in it
source            what every kind of file becomes: a table that is read a column at a time, more than once
csv_source        texts, read by Arrow; text tells how they are laid out, from their first lines
columnar, lists   Parquet and Feather; JSON
names, headerless which column is which, by its name or without one
numbers_in_text   decimal marks
column_kinds      texts and numbers, in whatever kind a column keeps them
epochs, dates     times as numbers and as text; clocks reads the column of them
reading           pieces of open_times in ms and of five columns of prices, with words for what was assumed
"""
