"""Keepers of personal data."""
