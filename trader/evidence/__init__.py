"""What a strategy came to over every market that is given, after fees, chosen on the past alone: also where it lost."""
