"""Someone of the desk, who calls back."""

import pytest

from app.services.callbacks.answering import answer_callback
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.callbacks import NOTE
from tests.support.clock import NOW
from tests.support.people import make_staff


@pytest.fixture
def actor(session) -> Actor:
    return Actor(f"staff:{make_staff(session, 'agent').public_id}", "127.0.0.1")


@pytest.fixture
def answer(session, vault, site, actor):
    def answered(public_id, *, note=NOTE, key="key-1", by=actor, now=NOW):
        answer_callback(
            session,
            acting(now=now, actor=by, vault=vault, site=site),
            public_id=public_id,
            note=note,
            request_key=key,
        )

    return answered
