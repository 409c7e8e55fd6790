"""What whoever writes a strategy begins with: a file and its test to copy, and what a strategy says of itself.

my_strategy  the file that `trader strategy new` writes
its_tests    the test that it writes beside
new_file     writes both
described    a strategy's settings, values and words, as tables and JSON show them
"""
