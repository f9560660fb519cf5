"""Journals of signed plans and what they come to; nothing else reads or writes their tables."""
