"""Typed answers outlive an idle session: kept encrypted with its row, shown again on the same page
after sign-in.
"""

from flask import g, request
from flask_wtf import FlaskForm
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from wtforms import Form

from app.services.signin import sessions
from app.services.signin.sessions import CurrentUser, Page
from app.web.context import context, db_session
from app.web.returning import page_of_request

# Secrets, what a caller said, and keys that belong to a page already shown: kept ones would make a
# new form look like a repeated one.
NEVER_KEPT = ("csrf_token", "password", "code", "request_key", "heard")
# More than any of our forms takes: larger bodies are nobody's answers.
MAX_CHARS = 20_000


class PageForm(FlaskForm):
    """A form that shows answers kept across an expiry of the session; else an ordinary one."""

    class Meta(FlaskForm.Meta):
        def wrap_formdata(self, form: Form, formdata: object) -> object:
            # Flask-WTF hands in a marker where the form should read the request by itself; data
            # given by the caller is left alone.
            is_left_to_request = formdata is not None and not hasattr(formdata, "getlist")
            if is_left_to_request and request.method == "GET" and (typed := typed_before()):
                return typed
            return super().wrap_formdata(form, formdata)


def typed_before() -> MultiDict[str, str] | None:
    """What was typed on this page before the session ran out, if anything."""
    found: ImmutableMultiDict[str, str] | None = g.get("typed_before")
    return MultiDict(found) if found else None


def keep(session_id: int, *, but: tuple[str, ...] = ()) -> bool:
    """Keep what this request brought, for its page, with a session, `but` the fields that the act
    has taken already; tell whether there was something.
    """
    page = page_of_request()
    if request.method != "POST" or page is None:
        return False

    typed = tuple(
        (name, value)
        for name, value in request.form.items(multi=True)
        if name.rpartition("-")[2] not in (*NEVER_KEPT, *but)
    )
    if not typed or sum(len(value) for _name, value in typed) > MAX_CHARS:
        return False

    sessions.store_page(
        db_session(), context(), session_id=session_id, page=Page(page[0], page[1], page[2], typed)
    )
    return True


def settle(user: CurrentUser) -> None:
    """Hand kept answers to their page; once it is sent again they are forgotten."""
    if not user.has_stored_page:
        return

    kept = sessions.stored_page(db_session(), context(), session_id=user.session_id)
    here = page_of_request()
    # Answers wait for their own page; another one neither shows nor drops them.
    if kept is None or here is None or (kept.endpoint, kept.args) != here[:2]:
        return

    if request.method == "POST":
        sessions.drop_page(db_session(), session_id=user.session_id)
    else:
        g.typed_before = ImmutableMultiDict(kept.typed)
