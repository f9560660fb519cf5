"""Column maps: how a lender's own files are read; drafted by one, activated by another."""
