"""The ledger held against the nightly file of a day: why they differ, or who sees to it."""
