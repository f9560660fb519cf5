"""Commands: thin, they parse, call a service or job, print and set the exit status."""

from flask import Flask


def register(app: Flask) -> None:
    """Add every command to the application."""
