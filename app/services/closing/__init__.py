"""Months of posting that two people close: what they came to, hashed; nothing enters them again."""
