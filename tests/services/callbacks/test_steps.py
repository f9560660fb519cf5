"""Whose a request is, before anything is done with it."""

import pytest

from app.models import CallbackRequest
from app.services.callbacks.steps import AlreadyAnswered, CallbackOfAnother, check_owner
from app.services.core.context import Actor
from tests.support.acting import acting


@pytest.mark.parametrize(
    ("state", "owner", "refusal"),
    [
        ("open", None, None),
        ("open", "staff:me", None),
        ("open", "staff:other", CallbackOfAnother),
        # That it is done says more than whose it was.
        ("answered", "staff:other", AlreadyAnswered),
        ("answered", "staff:me", AlreadyAnswered),
    ],
)
def test_only_an_open_one_of_nobody_elses_is_called_back(state, owner, refusal):
    row = CallbackRequest(state=state, owner=owner)
    context = acting(actor=Actor("staff:me"))
    if refusal is None:
        check_owner(context, row=row)
    else:
        with pytest.raises(refusal):
            check_owner(context, row=row)
