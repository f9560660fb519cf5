"""Whether a paper is genuine, for whoever holds it."""

from flask import render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.errors import NotFound
from app.domain.texts import N_
from app.services.agreements import checking as agreement_checking
from app.services.agreements.checking import TooManyChecks
from app.web.access import public
from app.web.context import context, db_session, requester
from app.web.filters import translated, words_of
from app.web.public.blueprint import bp
from app.web.public.check_forms import CheckTotalForm
from app.web.returning import see_other

STATES = {
    "active": N_("执行中"),
    "completed": N_("已结清"),
    "broken": N_("已终止"),
}
MATCHED_HERE = "matched"
# The list lies in the cookie, and nobody checks many papers at once.
MATCHED_KEPT = 5


@bp.get("/check/<code>")
@public
def check(code: str) -> ResponseReturnValue:
    return _page(code, CheckTotalForm())


@bp.post("/check/<code>")
@public
def check_total(code: str) -> ResponseReturnValue:
    form = CheckTotalForm()
    if not form.validate_on_submit():
        return _page(code, form)

    try:
        matches = agreement_checking.check_total(
            db_session(),
            context(),
            check_code=code,
            total_fen=form.total.data or 0,
            requester=requester(),
        )
    except NotFound:
        return _page(code, form)
    except TooManyChecks as refusal:
        return _page(code, form, refused=words_of(refusal), status=429)

    if not matches:
        form.total.errors = [
            gettext("和这份协议的合计不一样。没有抄错的话，先不要相信，也不要转账，打电话问我们")
        ]
        return _page(code, form)

    # Noted in this browser and fetched again: a reload does not count as another try.
    session[MATCHED_HERE] = [*_others(code), code][-MATCHED_KEPT:]
    return see_other(url_for(".check", code=code))


def _page(code: str, form: CheckTotalForm, refused: str = "", status: int = 200) -> tuple[str, int]:
    """Show what is known of the paper; of a code that is not ours, that it is not ours and what
    that means.
    """
    try:
        found = agreement_checking.checked_agreement(db_session(), check_code=code)
    except NotFound:
        # A page of its own and not "not found": a paper with a code that is not ours may be a
        # fraud.
        return render_template("public/check_unknown.html"), 404

    matched = code in session.get(MATCHED_HERE, []) and not form.errors and not refused
    page = render_template(
        "public/check.html",
        found=found,
        state=translated(STATES[found.state]),
        code=code,
        form=form,
        refused=refused,
        matched=matched,
    )

    return page, status


def _others(code: str) -> list[str]:
    return [one for one in session.get(MATCHED_HERE, []) if one != code]
