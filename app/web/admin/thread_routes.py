"""The desk's inbox, one thread, the answer, and taking, letting go, starting the clock anew,
ending.
"""

from collections.abc import Callable
from functools import partial

from flask import render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.core.wording import BannedWords
from app.services.threads import answering as thread_answering
from app.services.threads import desk_queries as thread_desk_queries
from app.services.threads.desk_queries import DeskThread, Tab
from app.services.threads.read_marks import mark_read
from app.web import afterwards, typed_answers
from app.web.access import staff_required
from app.web.addresses import number_asked
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.thread_forms import ReplyForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

TABS: dict[str, Tab] = {
    "question": "question",
    "complaint": "complaint",
    "mine": "mine",
    "answered": "answered",
}
# A table and not a name looked up in the module: nothing but these can be asked for by a form.
ACTS: dict[str, Callable[..., object]] = {
    "take": thread_answering.take_thread,
    "release": partial(thread_answering.release_thread, stands_aside=False),
    "stand_aside": partial(thread_answering.release_thread, stands_aside=True),
    "restart": thread_answering.restart_clock,
    "close": thread_answering.close_thread,
}


@bp.get("/messages")
@staff_required(*READERS)
def inbox() -> ResponseReturnValue:
    tab = TABS.get(request.args.get("tab", ""), "question")
    after = request.args.get("after") or None
    # The way back from a thread leads to the tab one came from.
    session["inbox_tab"] = tab
    found = thread_desk_queries.inbox(db_session(), context(), tab=tab, after=after)

    return render_template(
        "admin/inbox.html",
        inbox=found,
        tab=tab,
        is_first=after is None,
        may_answer=current_user.has_role(*DESK),
    )


@bp.get("/messages/<public_id>")
@staff_required(*READERS)
def thread(public_id: str) -> ResponseReturnValue:
    return _show(public_id, ReplyForm())


@bp.post("/messages/<public_id>")
@staff_required(*DESK)
def answer_thread(public_id: str) -> ResponseReturnValue:
    form = ReplyForm()
    if form.validate_on_submit():
        try:
            _answer(public_id, form, is_final=request.form.get("act") != "acknowledge")
        except BannedWords as refused:
            told = gettext(
                "%(advice)s：%(words)s",
                advice=words_of(refused),
                words="、".join(refused.found),
            )
            form.words.errors = [*form.words.errors, told]
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
        else:
            return see_other(url_for(".thread", public_id=public_id))

    return _show(public_id, form)


@bp.post("/messages/<public_id>/act")
@staff_required(*DESK)
def act_on_thread(public_id: str) -> ResponseReturnValue:
    act = ACTS.get(request.form.get("act", ""))
    form = ReplyForm()
    if act is not None:
        try:
            act(db_session(), context(), thread_public_id=public_id)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
        else:
            typed_answers.keep(current_user.session_id)
            return see_other(url_for(".thread", public_id=public_id))

    return _show(public_id, form)


def _answer(public_id: str, form: ReplyForm, *, is_final: bool) -> None:
    say = thread_answering.answer_thread if is_final else thread_answering.acknowledge_thread
    say(
        db_session(),
        context(),
        thread_public_id=public_id,
        words=form.words.data or "",
        request_key=form.request_key.data or "",
    )


def _show(public_id: str, form: ReplyForm) -> ResponseReturnValue:
    before = number_asked("before")
    found = thread_desk_queries.desk_thread(
        db_session(), context(), public_id=public_id, before=before
    )
    _note_reading(found)

    return render_template(
        "admin/thread.html",
        thread=found,
        row=found.row,
        form=form,
        is_latest=before is None,
        may_answer=current_user.has_role(*DESK),
    )


def _note_reading(found: DeskThread) -> None:
    """That the owner read what the borrower wrote is noted once the page has left."""
    talk = found.conversation.messages
    is_news = any(one.who == "borrower" and one.read_at is None for one in talk)
    # Only its owner's reading is told: a look by compliance must not read as an answer on its way.
    if found.row.is_mine and is_news:
        acting, public_id, up_to = context(), found.row.public_id, talk[-1].key
        afterwards.after_answer(
            lambda own: mark_read(own, acting, public_id=public_id, up_to=up_to, by_staff=True)
        )
