"""Data of users and of this machine: candles, headlines, sentiment and trades, read checked and written whole.

arrays · candles            columns as numpy arrays
candle_files · candle_faults · csv_rows · csv_text · news_file · sentiment_file     files as people have them
archive · archive_file · archive_contents · history     candles that were downloaded, and how
trade_rows · files          what is written
"""
