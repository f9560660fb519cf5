"""Signed plans with the money that came for them, as facts, and where each stands."""
