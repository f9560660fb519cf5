"""Versions of the policy: drafted by one person, tried on the last days, activated by another."""
