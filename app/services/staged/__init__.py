"""Judged rows of a nightly file on their way into the tables."""
