"""Channels that collect money, behind `app.ports.payments`."""
