"""An order: on to the channel, what became of it, and once it is paid what it covered."""

from flask import flash, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import GatewayDown, RuleBroken
from app.services.paying.asking import ask_order
from app.services.paying.handing_over import say_who
from app.services.paying.order_queries import OrderView, order_view
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.pay_forms import WhoForm
from app.web.borrower.pay_routes import lead_on
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/pay/<order_id>")
@borrower_required
def pay_order(order_id: str) -> ResponseReturnValue:
    order = order_view(db_session(), context(), borrower_id=me(), public_id=order_id)
    again = _again(order)
    template = "borrower/paid.html" if order.state == "paid" else "borrower/pay_order.html"
    # The app led back here with a word on who the payer is: nothing is kept before they go on.
    who = request.args.get("code", "") if request.args.get("state") == order_id else ""
    form = WhoForm(code=who) if who and not order.handed_at else None
    return render_template(template, order=order, again=again, form=form, back_url=again)


@bp.post("/pay/<order_id>/go")
@borrower_required
def pay_go(order_id: str) -> ResponseReturnValue:
    """Once more to the channel, where it did not answer or its page was closed."""
    return see_other(lead_on(order_id))


@bp.post("/pay/<order_id>/ask")
@borrower_required
def pay_ask(order_id: str) -> ResponseReturnValue:
    """Ask the channel; a script wants the state alone."""
    state = ask_order(db_session(), context(), borrower_id=me(), public_id=order_id)
    if request.accept_mimetypes.best == "application/json":
        return jsonify(state=state)
    if state == "waiting":
        flash(gettext("还没有收到。付好了的话，过半分钟再看一次，不用付第二次。"))
    return see_other(url_for(".pay_order", order_id=order_id))


@bp.post("/pay/<order_id>/who")
@borrower_required
def pay_who(order_id: str) -> ResponseReturnValue:
    """Keep what the app told of the payer, and hand over."""
    form = WhoForm()
    if form.validate_on_submit():
        try:
            say_who(
                db_session(),
                context(),
                borrower_id=me(),
                public_id=order_id,
                code=form.code.data or "",
            )
        except (GatewayDown, RuleBroken) as refused:
            flash(words_of(refused) + gettext("。"))
            return see_other(url_for(".pay_order", order_id=order_id))
    return see_other(lead_on(order_id))


def _again(order: OrderView) -> str:
    """Where another sum is chosen for the same."""
    if order.kept is not None:
        return url_for(".pay_plan", number=order.kept.agreement)
    return url_for(".pay_loan", loan_id=order.loan_public_id)
