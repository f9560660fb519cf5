"""Column maps: a lender's own headings, units and codes, read as columns of the built-in file."""
