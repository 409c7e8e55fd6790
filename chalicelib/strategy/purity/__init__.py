"""What makes a strategy file give the same bits wherever it runs, seen in its source."""
