"""Signing an approved plan: read and confirm clause by clause, then the code that signs."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm

from app.domain.errors import GatewayDown
from app.domain.plan import FiguresChanged
from app.domain.states import OPEN_VERSIONS
from app.ports.documents import GlyphMissing
from app.services.agreements import queries as agreement_queries
from app.services.agreements import signing as agreement_signing
from app.services.agreements.basis import CannotSign, ClausesMissing, TooEarly
from app.services.agreements.queries import SignView
from app.services.agreements.signing import TypedCode
from app.services.core.request_keys import KeyReused
from app.services.plans.steps import StateChanged
from app.services.signin import code_limits
from app.services.signin.borrower_signin import CodeSpent, CodeWrong
from app.services.signin.code_limits import SIGN, CodeStanding, TooManyCodes
from app.web.access import borrower_required, me
from app.web.borrower import signin_visit, signing_visit
from app.web.borrower.blueprint import bp
from app.web.borrower.handing_over import hand_over
from app.web.borrower.signin_forms import CodeForm
from app.web.borrower.signing_forms import clauses_form, confirmed
from app.web.catalogues import gettext
from app.web.context import context, db_session, now
from app.web.filters import words_of
from app.web.returning import see_other
from app.web.typed_answers import PageForm

# All of them mean that the text has to be looked at once more; that page says why.
READ_AGAIN = (FiguresChanged, ClausesMissing, TooEarly, CannotSign, StateChanged, KeyReused)
AGAIN_SECONDS = 60


@bp.route("/plan/<version_id>/sign", methods=["GET", "POST"])
@borrower_required
def sign_plan(version_id: str) -> ResponseReturnValue:
    view = _view(version_id)
    if view.refusal is not None:
        return _not_now(view)

    form = _clauses(view)
    if form.is_submitted():
        # Kept before the code is asked for: a refusal brings the borrower back with every tick
        # (ADR 0023), and each keeps the instant it was given at.
        signing_visit.note_confirmed(version_id, confirmed(form))
        if form.validate():
            return _ask(view, form)

    signing_visit.note_shown(version_id, view.sha256)
    return _read(view, form)


@bp.route("/plan/<version_id>/sign/code", methods=["GET", "POST"])
@borrower_required
def sign_code(version_id: str) -> ResponseReturnValue:
    view = _view(version_id)
    form = CodeForm()
    if form.validate_on_submit() and signing_visit.asked(version_id):
        try:
            return see_other(url_for(".agreement_signed", number=_sign(version_id, form)))
        except CodeSpent:
            form = CodeForm(formdata=None)  # the page says that another is needed
        except CodeWrong as wrong:
            form.code.errors = [*form.code.errors, words_of(wrong)]
        except GlyphMissing as fault:
            return _fault(view, fault)
        except GatewayDown:
            return _not_stored(view, form)
        except READ_AGAIN:
            return see_other(url_for(".sign_plan", version_id=version_id))

    if view.refusal is not None:
        return _not_now(view)
    if (
        not signing_visit.asked(version_id)
        or signing_visit.assent(version_id).shown_sha256 != view.sha256
    ):
        return see_other(url_for(".sign_plan", version_id=version_id))

    return render_template(
        "borrower/signing_code.html", view=view, form=form, words=(), standing=_standing(view)
    )


@bp.post("/plan/<version_id>/sign/again")
@borrower_required
def sign_again(version_id: str) -> ResponseReturnValue:
    view = _view(version_id)
    return _not_now(view) if view.refusal is not None else _ask(view, None)


def _ask(view: SignView, form: FlaskForm | None) -> ResponseReturnValue:
    """Ask for a code and go to its page; what is still missing is told on the page it is missing
    from.
    """
    try:
        asked = agreement_signing.ask_signing_code(
            db_session(), context(), visit=signin_visit.visit(), **_signing_values(view.public_id)
        )
    except TooManyCodes as refused:
        return _too_often(view, form, refused)
    except GlyphMissing as fault:
        return _fault(view, fault)
    except (FiguresChanged, ClausesMissing, TooEarly) as refused:
        return _show_text_once_more(view, form, refused)
    except (CannotSign, StateChanged):
        return see_other(url_for(".sign_plan", version_id=view.public_id))

    signing_visit.note_asked(view.public_id, asked.public_id)
    hand_over(asked.outbox_ids)

    return see_other(url_for(".sign_code", version_id=view.public_id))


def _show_text_once_more(
    view: SignView, form: FlaskForm | None, refused: FiguresChanged | ClausesMissing | TooEarly
) -> ResponseReturnValue:
    """Show the text once more; one that was not shown here before starts its reading time now."""
    if form is None:
        return see_other(url_for(".sign_plan", version_id=view.public_id))
    signing_visit.note_shown(view.public_id, view.sha256)
    words = words_of(refused)
    if isinstance(refused, FiguresChanged):
        words = gettext("协议的内容按最新的情况重新准备过，请再看一遍。您勾选的都还在")
    return _read(view, form, words)


def _too_often(
    view: SignView, form: FlaskForm | None, refused: TooManyCodes
) -> ResponseReturnValue:
    """A code that was asked for leads to its page, which says whether it is still good; the words
    say when to try again.
    """
    values: dict[str, Any] = {"view": view, "words": (words_of(refused),)}
    if signing_visit.asked(view.public_id):
        page, values["form"] = "signing_code", CodeForm(formdata=None)
        values["standing"] = _standing(view)
    else:
        values["wait"] = refused.wait
        page, values["form"], values["left"] = "signing", form or _clauses(view), 0

    return (
        render_template(f"borrower/{page}.html", **values),
        429,
        {"Retry-After": str(refused.seconds)},
    )


def _not_stored(view: SignView, form: CodeForm) -> ResponseReturnValue:
    """Not made or not stored: without its file there is no signature. The code was not used up, so
    it signs in a while.
    """
    said = gettext(
        "请过一两分钟再填一次，还用这条验证码，它没有用掉。"
        "刚才协议文件没有备好，所以没有签，什么都没有变"
    )
    return (
        render_template(
            "borrower/signing_code.html",
            view=view,
            form=form,
            words=(said,),
            standing=_standing(view),
        ),
        503,
        {"Retry-After": str(AGAIN_SECONDS)},
    )


def _standing(view: SignView) -> CodeStanding:
    return code_limits.code_standing(
        db_session(),
        context(),
        purpose=SIGN,
        asked=signing_visit.asked(view.public_id),
        visit=signin_visit.visit(),
        text_sha256=view.sha256,
    )


def _read(view: SignView, form: FlaskForm, *words: str) -> ResponseReturnValue:
    shown_at = signing_visit.assent(view.public_id).shown_at or now()
    left = max(0, view.reading_seconds - int((now() - shown_at).total_seconds()))
    return render_template("borrower/signing.html", view=view, form=form, words=words, left=left)


def _clauses(view: SignView) -> PageForm:
    known = signing_visit.assent(view.public_id)
    # Ticks were given for a text; another text starts without them (N-11).
    return clauses_form(view.clauses, known.clauses if known.shown_sha256 == view.sha256 else ())


def _fault(view: SignView, fault: GlyphMissing) -> ResponseReturnValue:
    return render_template(
        "borrower/signing_not_now.html",
        view=view,
        title=gettext("还差一个字"),
        words=words_of(fault),
    )


def _not_now(view: SignView) -> ResponseReturnValue:
    """A signed version leads to its agreement, one that waits for an answer to its status; else say
    why not.
    """
    if view.agreement is not None:
        flash(gettext("这份协议已经签好了，不用再签。"))
        return redirect(url_for(".agreement", number=view.agreement))
    if view.state in OPEN_VERSIONS - {"approved"} or view.state in ("refused", "upheld"):
        return redirect(url_for(".plan_status", version_id=view.public_id))
    words = words_of(view.refusal) if view.refusal else ""
    return render_template("borrower/signing_not_now.html", view=view, title="", words=words)


def _sign(version_id: str, form: CodeForm) -> str:
    asked = signing_visit.asked(version_id)
    given = TypedCode(asked=asked, digits=form.code.data or "", visit=signin_visit.visit())
    # The code's own id is the key: one code signs once, however often the button is pressed.
    return agreement_signing.sign_plan(
        db_session(), context(), given=given, request_key=asked, **_signing_values(version_id)
    )


def _signing_values(version_id: str) -> dict[str, Any]:
    return {
        "borrower_id": me(),
        "version_public_id": version_id,
        "assent": signing_visit.assent(version_id),
    }


def _view(version_id: str) -> SignView:
    return agreement_queries.sign_view(
        db_session(), context(), borrower_id=me(), version_public_id=version_id
    )
