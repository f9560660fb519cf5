"""Money that goes back: what there is to refund, one asks, another pays, what bounced."""

from collections.abc import Callable
from typing import get_args

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.refunds import asking, looking, paying, queries
from app.services.refunds.accounts_named import RefundAccount, RefundSource
from app.services.refunds.queries import OLD_WORKING_DAYS, RefundTab
from app.services.refunds.source_queries import source_view
from app.web.access import staff_required, step_up_required
from app.web.addresses import number_asked
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.finance.money_forms import WhyForm
from app.web.finance.refund_forms import AskRefundForm, BounceForm, PayoutForm
from app.web.returning import see_other


@bp.get("/refunds")
@staff_required("finance")
def refunds() -> ResponseReturnValue:
    asked = request.args.get("tab", "")
    tab: RefundTab = next((one for one in get_args(RefundTab) if one == asked), "credit")
    after = number_asked("after")
    page = queries.refunds_page(db_session(), context(), tab=tab, after=after)
    return render_template(
        "finance/refunds.html", page=page, tab=tab, is_first=after is None, old=OLD_WORKING_DAYS
    )


@bp.route("/refunds/plan/<plan_number>", methods=["GET", "POST"])
@staff_required("finance")
def refund_credit(plan_number: str) -> ResponseReturnValue:
    return _ask(RefundSource("plan", plan_number))


@bp.route("/refunds/payment/<public_id>", methods=["GET", "POST"])
@staff_required("finance")
def refund_payment(public_id: str) -> ResponseReturnValue:
    return _ask(RefundSource("payment", public_id))


@bp.get("/refunds/<public_id>")
@staff_required("finance")
def refund(public_id: str) -> ResponseReturnValue:
    return _show(public_id)


@bp.post("/refunds/<public_id>/pay")
@staff_required("finance")
@step_up_required
def pay_refund(public_id: str) -> ResponseReturnValue:
    form = PayoutForm(prefix="pay")

    def act() -> None:
        paying.pay_refund(
            db_session(),
            context(),
            public_id=public_id,
            payout=form.payout,
            request_key=form.request_key.data or "",
        )

    return _done(public_id, form, act, gettext("登记好了，这笔退款已经付出。"))


@bp.post("/refunds/<public_id>/bounce")
@staff_required("finance")
def bounce_refund(public_id: str) -> ResponseReturnValue:
    form = BounceForm(prefix="bounce")

    def act() -> None:
        day = form.bounced_on.data
        if day is None:
            raise ValueError("a bounce without its day")
        paying.bounce_refund(
            db_session(),
            context(),
            public_id=public_id,
            bounced_on=day,
            words=form.words.data or "",
            request_key=form.request_key.data or "",
        )

    return _done(public_id, form, act, gettext("登记好了，这笔钱又在待退里。"))


@bp.post("/refunds/<public_id>/drop")
@staff_required("finance")
def drop_refund(public_id: str) -> ResponseReturnValue:
    form = WhyForm(prefix="drop")

    def act() -> None:
        asking.drop_refund(
            db_session(),
            context(),
            public_id=public_id,
            words=form.words.data or "",
            request_key=form.request_key.data or "",
        )

    return _done(public_id, form, act, gettext("撤掉了，可以再提。"))


@bp.post("/refunds/<public_id>/account")
@staff_required("finance")
@step_up_required
def refund_account(public_id: str) -> ResponseReturnValue:
    # A POST behind a code: each look at a whole account is on record (I-15).
    found = looking.show_account(db_session(), context(), public_id=public_id)
    return _show(public_id, account=found)


def _ask(source: RefundSource) -> ResponseReturnValue:
    form = AskRefundForm()
    if form.validate_on_submit():
        account = None if form.is_empty else form.account()
        if form.is_empty or account is not None:
            try:
                public_id = asking.ask_refund(
                    db_session(),
                    context(),
                    source=source,
                    account=account,
                    words=form.words.data or "",
                    request_key=form.request_key.data or "",
                )
                flash(gettext("提好了，等另一位同事支付。"))
                return see_other(url_for(".refund", public_id=public_id))
            except RuleBroken as refused:
                form.form_errors.append(words_of(refused))
    view = source_view(db_session(), context(), source=source)
    return render_template("finance/refund_ask.html", view=view, form=form)


def _done(
    public_id: str, form: PayoutForm | BounceForm | WhyForm, act: Callable[[], None], told: str
) -> ResponseReturnValue:
    if form.validate_on_submit():
        try:
            act()
            flash(told)
            return see_other(url_for(".refund", public_id=public_id))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return _show(public_id, form)


def _show(
    public_id: str,
    form: PayoutForm | BounceForm | WhyForm | None = None,
    *,
    account: RefundAccount | None = None,
) -> ResponseReturnValue:
    row = queries.refund_view(db_session(), context(), public_id=public_id)
    return render_template(
        "finance/refund.html",
        row=row,
        account=account,
        pay=form if isinstance(form, PayoutForm) else PayoutForm(None, prefix="pay"),
        bounce=form if isinstance(form, BounceForm) else BounceForm(None, prefix="bounce"),
        drop=form if isinstance(form, WhyForm) else WhyForm(None, prefix="drop"),
    )
