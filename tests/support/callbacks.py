"""Someone asks to be called back, as on the page anyone can open."""

from uuid import uuid4

from app.services.callbacks.requesting import CallbackWish, request_callback
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.clock import NOW

NOTE = "已核对身份，换成新号码"
NAME, MOBILE, WORDS = "王晓思", "13812345678", "旧号码停机了，请打新的"


def ask_callback(session, vault, *, borrower_id=None, now=NOW, **overrides) -> str:
    """The request's public id; each comes from a place of its own."""
    wish = {
        "topic": "number_changed",
        "name": NAME,
        "mobile": MOBILE,
        "wished_time": "morning",
        "words": WORDS,
    }
    key = str(uuid4())
    return request_callback(
        session,
        acting(now=now, actor=Actor("visitor:-", key), vault=vault),
        wish=CallbackWish(**(wish | overrides)),
        borrower_id=borrower_id,
        request_key=key,
    )
