"""Small changes to the code that a test should notice: `make mutants` makes them one at a time, in a copy."""
