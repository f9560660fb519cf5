"""What a person decides about a nightly file: one that waits, one that was a mistake."""
