"""The demo: an example book of today, and staff accounts."""
