"""A nightly file taken in, and what is stored of it."""

from tests.services.nightly.conftest import count, loan, take_in

__all__ = ["count", "loan", "take_in"]
