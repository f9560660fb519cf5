"""Requests to be called back: asked for, answered, read."""
