"""Steps that seal what is stored find keys."""

import pytest


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    monkeypatch.setenv("DATA_KEY", "ab" * 32)
    monkeypatch.setenv("LOOKUP_KEY", "cd" * 32)
