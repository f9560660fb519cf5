"""Asking to be called back."""

from flask import redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import NotFound
from app.services.callbacks import queries as callback_queries
from app.services.callbacks import requesting as callback_requesting
from app.services.callbacks.requesting import CallbackWish, TooManyCallbacks
from app.services.callbacks.topics import TOPICS
from app.web.access import public
from app.web.context import context, db_session, this_browser
from app.web.filters import words_of
from app.web.public.blueprint import bp
from app.web.public.callback_forms import CallbackForm
from app.web.returning import see_other

ASKED_HERE = "callbacks"
ASKED_KEPT = 5
WRITTEN = ("complain", "figure_wrong")


@bp.route("/callback", methods=["GET", "POST"])
@public
def callback() -> ResponseReturnValue:
    if _is_better_written():
        return redirect(url_for("borrower.write_message", about=request.args["topic"]))
    if request.args.get("topic") == "appeal":
        # An address of the first release: appeals are made on the plan's page.
        return redirect(url_for("borrower.home"))

    form = CallbackForm(is_known=current_user.is_borrower)
    refused, status = "", 200
    if form.validate_on_submit():
        try:
            return _remember_and_show(_ask(form))
        except TooManyCallbacks as refusal:
            refused, status = words_of(refusal), 429

    if not form.is_submitted():
        wanted = request.args.get("topic", "")
        form.topic.data = wanted if wanted in TOPICS else None

    return render_template(
        "public/callback.html", form=form, refused=refused, own_number=_own_number()
    ), status


@bp.get("/callback/<public_id>")
@public
def callback_done(public_id: str) -> ResponseReturnValue:
    # Absent for everyone else: the receipt tells a name's topic and a masked number.
    if public_id not in session.get(ASKED_HERE, []):
        raise NotFound
    receipt = callback_queries.callback_receipt(db_session(), context(), public_id=public_id)
    return render_template("public/callback_done.html", receipt=receipt)


def _is_better_written() -> bool:
    """Signed in, a complaint or a wrong figure gets a number and a clock of its own at once."""
    about = request.args.get("topic")
    return request.method == "GET" and about in WRITTEN and current_user.is_borrower


def _own_number() -> str:
    mine = current_user.borrower_id
    return (
        callback_queries.number_on_record(db_session(), context(), borrower_id=mine) if mine else ""
    )


def _ask(form: CallbackForm) -> str:
    return callback_requesting.request_callback(
        db_session(),
        context(),
        wish=CallbackWish(
            topic=form.topic.data or "",
            name=(form.name.data or "") if form.name else "",
            mobile=(form.mobile.data or "") if form.mobile else "",
            wished_time=form.wished_time.data or "",
            words=form.words.data or "",
        ),
        borrower_id=current_user.borrower_id,
        request_key=form.request_key.data or "",
        browser=this_browser(),
    )


def _remember_and_show(public_id: str) -> ResponseReturnValue:
    """Only the browser that asked may read what was asked."""
    earlier = [one for one in session.get(ASKED_HERE, []) if one != public_id]
    session[ASKED_HERE] = [*earlier, public_id][-ASKED_KEPT:]
    return see_other(url_for(".callback_done", public_id=public_id))
