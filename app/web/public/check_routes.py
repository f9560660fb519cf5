"""Whether a paper is genuine, for whoever holds it."""

from typing import Any

from flask import render_template, session, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound
from app.domain.texts import N_
from app.services.agreements import checking as agreement_checking
from app.services.agreements.checking import TooManyChecks
from app.services.certificates.queries import checked_certificate
from app.services.vouchers.queries import checked_voucher
from app.web.access import public
from app.web.catalogues import gettext
from app.web.context import context, db_session, requester
from app.web.filters import translated, words_of
from app.web.public.blueprint import bp
from app.web.public.check_forms import CheckCodeForm, CheckTotalForm
from app.web.returning import see_other

STATES = {
    "active": N_("执行中"),
    "completed": N_("已结清"),
    "broken": N_("已终止"),
    "replaced": N_("已由新的协议取代"),
}
# What the totals typed in this browser came to, by code: also a page that is fetched again must not
# call a paper genuine whose total was another.
MATCHED_HERE, DIFFERED_HERE = "matched", "differed"
# The lists lie in the cookie, and nobody checks many papers at once.
KEPT = 5


@bp.route("/check/", methods=["GET", "POST"])
@public
def check_by_hand() -> ResponseReturnValue:
    """For a paper whose square no camera reads."""
    form = CheckCodeForm()
    if form.validate_on_submit():
        return see_other(url_for(".check", code=form.code.data))
    return render_template("public/check_by_hand.html", form=form)


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
        _note(code, DIFFERED_HERE)
        form.total.errors = [gettext("和我们记录的合计不一样")]
        return _page(code, form)

    # Noted in this browser and fetched again: a reload does not count as another try.
    _note(code, MATCHED_HERE)
    return see_other(url_for(".check", code=code))


def _page(code: str, form: CheckTotalForm, refused: str = "", status: int = 200) -> tuple[str, int]:
    """Show what is known of the paper; of a code that is not ours, that it is not ours and what
    that means.
    """
    told = {
        "code": code,
        "form": form,
        "refused": refused,
        "matched": _is_noted(code, MATCHED_HERE) and not form.errors and not refused,
        "differed": _is_noted(code, DIFFERED_HERE),
    }
    try:
        found = agreement_checking.checked_agreement(db_session(), check_code=code)
    except NotFound:
        return _certificate(code, told, status)

    state = translated(STATES[found.state])
    return render_template("public/check.html", found=found, state=state, **told), status


def _certificate(code: str, told: dict[str, Any], status: int) -> tuple[str, int]:
    try:
        found = checked_certificate(db_session(), check_code=code)
    except NotFound:
        return _voucher(code, told, status)

    return render_template("public/check_certificate.html", found=found, **told), status


def _voucher(code: str, told: dict[str, Any], status: int) -> tuple[str, int]:
    try:
        found = checked_voucher(db_session(), context(), check_code=code)
    except NotFound:
        # A page of its own and not "not found": a paper with a code that is not ours may be a
        # fraud.
        return render_template("public/check_unknown.html"), 404

    return render_template("public/check_voucher.html", found=found, **told), status


def _note(code: str, what: str) -> None:
    """Only the newest total of a code counts."""
    for name in (MATCHED_HERE, DIFFERED_HERE):
        others = [one for one in session.get(name, []) if one != code]
        session[name] = [*others, code][-KEPT:] if name == what else others


def _is_noted(code: str, what: str) -> bool:
    return code in session.get(what, [])
