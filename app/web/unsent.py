"""What a request that failed had brought: shown again, to send once more or to copy. Nothing of it
is kept, and no page says so.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, g, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf.csrf import validate_csrf
from werkzeug.exceptions import HTTPException
from wtforms.validators import ValidationError

from app.web.catalogues import gettext
from app.web.typed_answers import NEVER_KEPT

# Never shown and never sent again: who stands beside must not read them.
SECRETS = frozenset({"id_last4", *NEVER_KEPT}) - {"csrf_token", "request_key"}
CARRIED = frozenset({"csrf_token", "request_key", "shown_sha256"})
LABELS: dict[str, Any] = {
    "words": _l("您写的话"),
    "name": _l("怎么称呼您"),
    "mobile": _l("手机号"),
}
# Where the same request may go through a moment later.
AGAIN = frozenset({400, 429, 500, 502, 503})
# More than any of our forms takes.
MAX_CHARS = 20_000


@dataclass(frozen=True)
class TypedText:
    """One text a person wrote, under its field's name."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Unsent:
    """What was not sent: texts to show, fields that go along, and whether it may be sent again."""

    texts: tuple[TypedText, ...]
    along: tuple[tuple[str, str], ...]
    has_answers: bool
    may_send: bool


def unsent(status: int) -> Unsent | None:
    """Return what this request brought that the error of this status leaves undone; None for one
    that is no form of ours.
    """
    if request.method != "POST" or not _is_from_our_page():
        return None
    try:
        sent = [one for one in request.form.items(multi=True) if one[0] != "csrf_token"]
    except HTTPException:
        return None  # it could not be read at all
    if sum(len(value) for _name, value in sent) > MAX_CHARS or any("\0" in v for _n, v in sent):
        return None

    secret = any(_plain(name) in SECRETS for name, _value in sent)
    texts = tuple(
        TypedText(name, _label(name), value) for name, value in sent if _is_text(name, value)
    )
    shown = {one.name for one in texts}
    return Unsent(
        texts,
        tuple((name, value) for name, value in sent if name not in shown),
        has_answers=any(_plain(name) not in CARRIED for name, _value in sent),
        may_send=status in AGAIN and not secret and _may_come_in(),
    )


def _is_from_our_page() -> bool:
    """A page of another site must not have its words shown on ours with a button below them."""
    origin = request.headers.get("Origin", "")
    if request.headers.get("Sec-Fetch-Site") == "same-origin" or (
        urlsplit(origin).netloc == request.host and origin != ""
    ):
        return True
    try:
        validate_csrf(request.form.get("csrf_token"))
    except (ValidationError, HTTPException):
        return False
    return True


def _may_come_in() -> bool:
    """Whoever is not signed in would only be led to the sign-in, and lose it on the way."""
    view = current_app.view_functions.get(str(request.endpoint))
    kind = getattr(view, "audience", "").partition(":")[0]
    # Where nobody could be asked who is signed in, the session may well be there.
    return kind == "public" or bool(g.get("could_not_ask")) or kind == current_user.kind


def _plain(name: str) -> str:
    return name.rpartition("-")[2]


def _is_text(name: str, value: str) -> bool:
    """What was written and not chosen: by its name, or because codes and keys are plain ASCII."""
    plain = _plain(name)
    is_secret = plain in SECRETS
    return bool(value) and not is_secret and (plain in LABELS or not value.isascii())


def _label(name: str) -> str:
    return str(LABELS.get(_plain(name)) or gettext("您填的内容"))
