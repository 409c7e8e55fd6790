"""The filters of an exchange's pairs, as a client judges by them before it sends: exact decimals, no I/O.

amounts         how numbers get in, and arithmetic that never rounds unasked
proposed        an order as it would be sent, what it is judged beside, and a refusal
grids           rules of one amount: bounds and a step
worth           rules of price times quantity, and of a price beside the market's
counts          rules of how much: open orders, parts, amends, a position
reading         exchangeInfo as these rules; what is not known keeps its name
symbol_filters  all rules of a pair, and the first that an order breaks
legal           an order made legal, or refused by name
sales           a sale as filters see it, and the least that can be sold
entries         an entry whose exits are legal after stop, fee and parts
dust            what is left and cannot be sold
"""
