"""Column maps: how a lender's own files are read; drafted from a sample, activated by another person."""
