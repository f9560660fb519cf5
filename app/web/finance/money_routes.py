"""Money that arrived: what nobody has claimed, one payment and what finance does with it, files."""

import io
from collections.abc import Callable
from typing import get_args

from flask import flash, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.ports.sheets import Column, Sheet
from app.services.claims import (
    file_queries,
    money_queries,
    owning,
    payment_queries,
    placing,
)
from app.services.claims.money_queries import OLD_DAYS, Tab
from app.services.claims.placing import ShareRefused
from app.services.claims.returning import keep_payment as keep
from app.services.claims.returning import return_payment as give_back
from app.services.claims.taking_back import let_reversal_count as take_back
from app.services.claims.undoing import undo_match as undo
from app.services.evidence.proof_queries import proofs_waiting
from app.services.keeping.coverage_queries import coverage
from app.services.repayments.sealing import PayerWords
from app.web import typed_answers
from app.web.access import staff_required, step_up_required
from app.web.addresses import MOST_COUNT, number_asked
from app.web.catalogues import gettext
from app.web.context import context, db_session, gateways
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.finance.money_forms import MatchForm, MoneyFilterForm, WhyForm
from app.web.returning import see_other

# What is done in words, by the state of the payment.
WHY = {"unmatched": "return", "matched": "undo", "returned": "keep"}
FAULTS = Sheet(
    "退回的行",
    (
        Column("行号", "number"),
        Column("列", width=16),
        Column("代码", width=16),
        Column("怎么改", width=60),
    ),
)


@bp.get("/money")
@staff_required("finance")
def money() -> ResponseReturnValue:
    asked = request.args.get("tab", "")
    tab: Tab = next((one for one in get_args(Tab) if one == asked), "all")
    after = request.args.get("after") or None
    page = money_queries.unclaimed_page(db_session(), context(), tab=tab, after=after)
    return render_template(
        "finance/money.html",
        page=page,
        tab=tab,
        proofs=proofs_waiting(db_session()),
        is_first=after is None,
        coverage=coverage(db_session(), today=context().today),
        old_days=OLD_DAYS,
    )


@bp.get("/money/all")
@staff_required("finance")
def all_money() -> ResponseReturnValue:
    # By address, so that what was found can be reloaded and passed on.
    channels = money_queries.channels_known(db_session())
    form = MoneyFilterForm(request.args, channels=channels)
    after = request.args.get("after") or None
    page = None
    if form.validate():
        page = money_queries.money_page(
            db_session(), context(), wanted=form.wanted(), channels=channels, after=after
        )
    return render_template(
        "finance/all_money.html", form=form, page=page, is_first=after is None, query=form.query()
    )


@bp.get("/money/<public_id>")
@staff_required("finance")
def payment(public_id: str) -> ResponseReturnValue:
    return _show(public_id)


@bp.post("/money/<public_id>/match")
@staff_required("finance")
def match_payment(public_id: str) -> ResponseReturnValue:
    view = payment_queries.payment_view(db_session(), context(), public_id=public_id)
    form = MatchForm()
    form.fit_to(view.likely)
    if request.form.get("more"):
        form.add_share()
    elif form.validate():
        try:
            placing.place_payment(
                db_session(),
                context(),
                public_id=public_id,
                shares=form.wishes,
                words=form.words.data or "",
                request_key=form.request_key.data or "",
            )
            flash(gettext("记好了。记错了可以撤回，原来的记录不改，另记一笔相反的。"))
            return see_other(url_for(".payment", public_id=public_id))
        except ShareRefused as refused:
            form.refuse(refused)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return _show(public_id, match=form)


@bp.post("/money/<public_id>/undo")
@staff_required("finance")
def undo_match(public_id: str) -> ResponseReturnValue:
    return _with_words(public_id, undo, "undo", gettext("撤回了，这笔款又在未认领里，由您在办。"))


@bp.post("/money/<public_id>/return")
@staff_required("finance")
def return_payment(public_id: str) -> ResponseReturnValue:
    return _with_words(public_id, give_back, "return", gettext("标好了，这笔款在要退回里。"))


@bp.post("/money/<public_id>/keep")
@staff_required("finance")
def keep_payment(public_id: str) -> ResponseReturnValue:
    return _with_words(public_id, keep, "keep", gettext("不退了，这笔款又在未认领里。"))


@bp.post("/money/<public_id>/take-back")
@staff_required("finance")
def let_reversal_count(public_id: str) -> ResponseReturnValue:
    told = gettext("冲正生效了，原来那笔钱不再算数。")
    return _with_words(public_id, take_back, "take_back", told)


@bp.post("/money/<public_id>/owner")
@staff_required("finance")
def payment_owner(public_id: str) -> ResponseReturnValue:
    try:
        if request.form.get("act") == "let_go":
            owning.let_go_payment(db_session(), context(), public_id=public_id)
        else:
            owning.take_payment(
                db_session(),
                context(),
                public_id=public_id,
                owner=request.form.get("owner", ""),
            )
        return see_other(url_for(".payment", public_id=public_id))
    except RuleBroken as refused:
        return _show(public_id, refusal=words_of(refused))


@bp.post("/money/<public_id>/words")
@staff_required("finance")
@step_up_required
def payment_words(public_id: str) -> ResponseReturnValue:
    # A POST behind a code: what a bank wrote is about people, and each look is on record (I-15).
    words = owning.show_words(db_session(), context(), public_id=public_id)
    # What was typed into the form beside it stays, also for the page after this one.
    typed_answers.keep(current_user.session_id)
    return _show(public_id, match=MatchForm(), words=words)


@bp.get("/money/files")
@staff_required("finance")
def money_files() -> ResponseReturnValue:
    before = number_asked("before")
    page = file_queries.files_page(db_session(), context(), before_key=before)
    return render_template("finance/money_files.html", page=page, is_first=before is None)


@bp.get("/money/files/<public_id>")
@staff_required("finance")
def money_file(public_id: str) -> ResponseReturnValue:
    after = number_asked("after", MOST_COUNT) or 0
    view = file_queries.file_view(db_session(), public_id=public_id, after_line=after)
    return render_template("finance/money_file.html", view=view, file=view.file, is_first=not after)


@bp.get("/money/files/<public_id>/faults.csv")
@staff_required("finance")
def money_faults(public_id: str) -> ResponseReturnValue:
    file = io.BytesIO()
    lines = file_queries.file_faults(db_session(), public_id=public_id)
    # Our writer of tables: nothing in it is taken for a formula.
    with gateways().sheets["csv"].writing([FAULTS], [file], foot="") as sheet:
        for one in lines:
            sheet.row(0, (one.line, one.field, one.code, one.message))
    file.seek(0)
    return send_file(
        file,
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{public_id}-退回的行.csv",
    )


def _with_words(
    public_id: str, act: Callable[..., None], name: str, told: str
) -> ResponseReturnValue:
    """Do what needs a reason and nothing else."""
    form = WhyForm(prefix=name)
    if form.validate_on_submit():
        try:
            act(
                db_session(),
                context(),
                public_id=public_id,
                words=form.words.data or "",
                request_key=form.request_key.data or "",
            )
            flash(told)
            return see_other(url_for(".payment", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return _show(public_id, why=form)


def _show(
    public_id: str,
    *,
    match: MatchForm | None = None,
    why: WhyForm | None = None,
    refusal: str = "",
    words: PayerWords | None = None,
) -> ResponseReturnValue:
    view = payment_queries.payment_view(db_session(), context(), public_id=public_id)
    state = view.row.state
    if match is None:
        match = MatchForm() if request.method == "GET" else MatchForm(formdata=None)
    if not match.errors:
        match.fit_to(view.likely)
        match.begin_with(view.likely)
    if why is None:
        waits = view.row.is_reversal and state == "unmatched"
        name = "take_back" if waits else WHY[state]
        why = WhyForm(prefix=name) if request.method == "GET" else WhyForm(None, prefix=name)
    return render_template(
        "finance/payment.html",
        view=view,
        row=view.row,
        match=match,
        why=why,
        refusal=refusal,
        words=words,
    )
