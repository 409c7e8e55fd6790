"""A simulated exchange: a market that is generated from a seed or recorded in candle files, its headlines, its clock,
and a server that speaks Binance's public REST and WebSocket API over them."""
