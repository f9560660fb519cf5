"""Signing in by phone: number, code, the last four of the ID where needed, the documents; and
leaving.
"""

from collections.abc import Mapping

from flask import Response, flash, g, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from wtforms import Field

from app.domain.texts import N_
from app.services.signin import borrower_signin, code_limits, consents, sessions
from app.services.signin.borrower_signin import (
    CodeSpent,
    CodeWrong,
    LastFourNeeded,
    Notice,
    SignedIn,
)
from app.services.signin.code_limits import SIGN_IN, CodeStanding, TooManyCodes, Visit
from app.services.signin.consent_queries import documents_to_agree
from app.web import login
from app.web.access import borrower_before_agreement, me, public
from app.web.borrower import signin_visit
from app.web.borrower.blueprint import bp
from app.web.borrower.handing_over import hand_over
from app.web.borrower.signin_forms import (
    CodeForm,
    PersonForm,
    SignInForm,
    agree_form,
    field_name,
)
from app.web.catalogues import gettext
from app.web.context import context, db_session, requester
from app.web.filters import words_of
from app.web.returning import remembered_address, see_other

PICKING = "picking"
NOTICES: Mapping[Notice, str] = {
    "new_device": N_("这是您第一次在这台设备上登录。"),
    "other_device": N_("您上次登录以后，有另一台设备登录过。不是您的话，请马上找人帮忙。"),
    "failed_tries": N_("登录前有几次没有对上验证码或证件后四位。不是您的话，请找人帮忙。"),
}


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    if current_user.is_borrower:
        return redirect(url_for(".home"))

    form = SignInForm()
    if form.validate_on_submit():
        try:
            return _ask(form.mobile.data or "", form.id_last4.data or "")
        except TooManyCodes as refused:
            return _slow_down(form, refused)
        except LastFourNeeded as needed:
            return _ask_last_four(form, needed)

    return render_template("borrower/sign_in.html", form=form)


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def sign_in_code() -> ResponseReturnValue:
    if not signin_visit.asked():
        return redirect(url_for(".sign_in"))

    form = CodeForm()
    if form.validate_on_submit():
        visit = signin_visit.visit()
        try:
            found = borrower_signin.check_code(
                db_session(),
                context(),
                asked=signin_visit.asked(),
                code=form.code.data or "",
                visit=visit,
                old_token=login.carried_token(),
            )
        except CodeSpent as spent:
            # The other tap of a double tap was first, and right.
            if _standing().is_picking:
                return _pick()
            g.refused_why = spent.code
        except CodeWrong as wrong:
            g.refused_why = wrong.code
            # One message whatever was wrong: which it was helps only who guesses (V6.3.8).
            _fault(form.code, wrong.message)
        else:
            return _enter(found, visit) if found else _pick()

    return render_template("borrower/sign_in_code.html", form=form, standing=_standing())


@bp.post("/sign-in/again")
@public
def sign_in_again() -> ResponseReturnValue:
    # The number is not asked for again: typing it twice is where the second one goes wrong.
    mobile = signin_visit.asked_mobile()
    if not mobile:
        return redirect(url_for(".sign_in"))

    try:
        return _ask(mobile)
    except TooManyCodes as refused:
        g.refused_why = refused.code
        flash(words_of(refused) + gettext("。"))
        return see_other(url_for(".sign_in_code"))
    except LastFourNeeded as needed:
        return _ask_last_four(SignInForm(formdata=None, mobile=mobile), needed)


@bp.route("/sign-in/person", methods=["GET", "POST"])
@public
def sign_in_person() -> ResponseReturnValue:
    if not signin_visit.asked() or not session.get(PICKING):
        return redirect(url_for(".sign_in"))

    form = PersonForm()
    if form.validate_on_submit():
        visit = signin_visit.visit()
        try:
            found = borrower_signin.pick_person(
                db_session(),
                context(),
                asked=signin_visit.asked(),
                id_last4=form.id_last4.data or "",
                visit=visit,
                old_token=login.carried_token(),
            )
        except CodeSpent as spent:
            g.refused_why = spent.code
            session.pop(PICKING)
            return see_other(url_for(".sign_in_code"))
        except CodeWrong as wrong:
            g.refused_why = wrong.code
            _fault(form.id_last4, wrong.message)
        else:
            return _enter(found, visit)

    return render_template("borrower/sign_in_person.html", form=form)


@bp.route("/sign-in/agree", methods=["GET", "POST"])
@borrower_before_agreement
def agree() -> ResponseReturnValue:
    documents = documents_to_agree(db_session(), borrower_id=me())
    if not documents:
        return redirect(remembered_address("borrower.home"))

    form = agree_form(documents)
    if form.validate_on_submit():
        ticked = {one.name for one in documents if form[field_name(one)].data}
        consents.agree_documents(db_session(), context(), borrower_id=me(), ticked=ticked)
        return see_other(remembered_address("borrower.home"))

    boxes = [(one, form[field_name(one)]) for one in documents]
    return render_template("borrower/agree.html", form=form, boxes=boxes)


@bp.post("/sign-out")
@borrower_before_agreement
def sign_out() -> ResponseReturnValue:
    borrower_signin.sign_out(
        db_session(),
        context(),
        borrower_public_id=current_user.public_id,
        session_id=current_user.session_id,
        requester=requester(),
    )
    login.forget()
    flash(gettext("您已经退出。方案里答过的题都存着，下次登录接着来。"))
    response = see_other(url_for("public.start"))
    response.headers["Clear-Site-Data"] = '"cache", "storage"'

    return response


@bp.post("/session/extend")
@borrower_before_agreement
def extend_session() -> ResponseReturnValue:
    sessions.touch_session(db_session(), context(), session_id=current_user.session_id)
    return Response(status=204)


def _ask(mobile: str, id_last4: str = "") -> ResponseReturnValue:
    """Ask for a code and hand its message over; the answer takes the same time for known and
    unknown numbers.
    """
    asked = borrower_signin.ask_code(
        db_session(), context(), mobile=mobile, visit=signin_visit.visit(), id_last4=id_last4
    )
    signin_visit.remember_asked(asked.public_id, mobile)
    # A new code starts from the beginning, whatever step an older one had reached.
    session.pop(PICKING, None)
    hand_over(asked.outbox_ids)
    return see_other(url_for(".sign_in_code"))


def _pick() -> ResponseReturnValue:
    session[PICKING] = True
    return see_other(url_for(".sign_in_person"))


def _enter(found: SignedIn, visit: Visit) -> ResponseReturnValue:
    login.begin(found.token)
    for notice in found.notices:
        flash(gettext(NOTICES[notice]), "notice")
    response = see_other(remembered_address("borrower.home"))
    signin_visit.DEVICE.carry(response, visit.device)
    return response


def _slow_down(form: SignInForm, refused: TooManyCodes) -> ResponseReturnValue:
    g.refused_why = f"{refused.code}:{refused.wait.why}"
    # A code of another number, or one that can be tried no more, is no way on.
    is_same = signin_visit.asked_mobile() == form.mobile.data
    told = {
        "slow": words_of(refused),
        "wait": refused.wait,
        "has_code": is_same and _standing().can_try,
    }
    return (
        render_template("borrower/sign_in.html", form=form, **told),
        429,
        {"Retry-After": str(refused.seconds)},
    )


def _ask_last_four(form: SignInForm, needed: LastFourNeeded) -> ResponseReturnValue:
    return render_template("borrower/sign_in.html", form=form, needed=words_of(needed))


def _standing() -> CodeStanding:
    return code_limits.code_standing(
        db_session(),
        context(),
        purpose=SIGN_IN,
        asked=signin_visit.asked(),
        visit=signin_visit.visit(),
    )


def _fault(field: Field, message: str) -> None:
    field.errors = [*field.errors, gettext(message)]
