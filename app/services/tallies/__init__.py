"""Sums and places that lists go by: held against the tables, and folded."""
