"""Paying here: which plan or loan, how much and by what, and on to the channel."""

from collections.abc import Callable
from uuid import uuid4

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import DomainError, GatewayDown, RuleBroken
from app.domain.keeping.quoting import NoQuote
from app.domain.paying import (
    NothingToPay,
    SumChanged,
    SumMissing,
    SumTooLarge,
    SumTooSmall,
)
from app.ports.payments import Scene
from app.services.core.request_keys import KeyReused
from app.services.paying.handing_over import hand_over
from app.services.paying.offer_queries import (
    Payable,
    PayOffer,
    channels_in,
    loan_offer,
    payables,
    plan_offer,
)
from app.services.paying.opening import ChannelNotHere, OrderWish, TooManyOrders, open_order
from app.services.paying.order_queries import handed_order
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.notice_reading import note_reading
from app.web.borrower.pay_forms import OWN, TRANSFER, PayForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other

# As the apps that phones pay in name themselves.
APPS: tuple[tuple[str, Scene], ...] = (("MicroMessenger/", "wechat"), ("AlipayClient/", "alipay"))
OF_OWN_SUM = (SumMissing, SumTooSmall, SumTooLarge)


@bp.get("/pay")
@borrower_required
def pay() -> ResponseReturnValue:
    """Where messages lead: to the one thing there is to pay, or to the choice."""
    found = payables(db_session(), context(), borrower_id=me())
    if len(found) == 1:
        return redirect(_address(found[0]))
    return render_template(
        "borrower/pay_which.html",
        payables=[(one, _address(one)) for one in found],
        back_url=url_for(".home"),
    )


@bp.route("/agreement/<number>/pay", methods=["GET", "POST"])
@borrower_required
def pay_plan(number: str) -> ResponseReturnValue:
    back_url = url_for(".agreement", number=number)
    try:
        return _page("plan", number, _plan_offer(number), back_url)
    except (NothingToPay, NoQuote) as refused:
        return _nothing(refused, back_url)


@bp.route("/loan/<loan_id>/pay", methods=["GET", "POST"])
@borrower_required
def pay_loan(loan_id: str) -> ResponseReturnValue:
    back_url = url_for(".loan", loan_id=loan_id)
    try:
        return _page("loan", loan_id, _loan_offer(loan_id), back_url)
    except NothingToPay as refused:
        return _nothing(refused, back_url)


def scene_here() -> Scene:
    """Where the payer's phone is, as its browser names itself."""
    named = request.headers.get("User-Agent", "")
    return next((scene for name, scene in APPS if name in named), "browser")


def lead_on(order_id: str) -> str:
    """Hand the payer over as far as the channel allows, and return the page of the order: it says
    what is wrong too. A form may not lead out of our pages; a link on that page may.
    """
    page = url_for(".pay_order", order_id=order_id)
    try:
        hand_over(db_session(), context(), borrower_id=me(), public_id=order_id)
    except (GatewayDown, RuleBroken) as refused:
        flash(words_of(refused) + gettext("。"))
    return page


def _plan_offer(number: str) -> Callable[[], PayOffer]:
    return lambda: plan_offer(db_session(), context(), borrower_id=me(), agreement=number)


def _loan_offer(loan_id: str) -> Callable[[], PayOffer]:
    return lambda: loan_offer(db_session(), context(), borrower_id=me(), public_id=loan_id)


def _page(of: str, name: str, read: Callable[[], PayOffer], back_url: str) -> ResponseReturnValue:
    form = PayForm()
    is_transfer = form.way.data == TRANSFER
    if form.validate_on_submit() and not is_transfer:
        try:
            order_id = _open(of, name, form)
        except (*OF_OWN_SUM, SumChanged, ChannelNotHere, TooManyOrders, KeyReused) as refused:
            _mark(form, refused)
        else:
            return see_other(lead_on(order_id))
    offer, channels = read(), channels_in(context(), scene=scene_here())
    if not form.is_submitted():
        form.amount.data = _choice(offer)
        here = [one.code for one in channels if one.is_here]
        form.way.data = here[0] if here else TRANSFER
    note_reading([offer.kept])
    return render_template(
        "borrower/pay.html",
        form=form,
        offer=offer,
        waiting=handed_order(
            db_session(), context(), borrower_id=me(), destination=offer.destination
        ),
        channels=channels,
        is_transfer=is_transfer and form.is_submitted(),
        here=request.path,
        back_url=back_url,
    )


def _open(of: str, name: str, form: PayForm) -> str:
    wish = OrderWish(
        of="plan" if of == "plan" else "loan",
        name=name,
        offered=form.offered,
        shown_fen=form.shown_fen,
        own_fen=form.own.data,
        provider=form.way.data or "",
        scene=scene_here(),
    )
    return open_order(
        db_session(),
        context(),
        borrower_id=me(),
        wish=wish,
        request_key=form.request_key.data or "",
    )


def _mark(form: PayForm, refused: DomainError) -> None:
    """Say at its field what is to be mended."""
    words = words_of(refused)
    if isinstance(refused, OF_OWN_SUM):
        form.own.errors = [words]
    elif isinstance(refused, (ChannelNotHere, TooManyOrders)):
        form.way.errors = [words]
    else:
        form.amount.errors = [words]
    if isinstance(refused, SumChanged | KeyReused):
        # Chosen anew, and under a key of its own.
        form.amount.data, form.request_key.data = "", str(uuid4())


def _choice(offer: PayOffer) -> str:
    """The sum that an address names, as the page of paying off does; else the first."""
    asked = request.args.get("amount", "")
    if asked == OWN:
        return OWN
    found = next((one for one in offer.sums.sums if one.kind == asked), offer.sums.sums[0])
    return f"{found.kind}-{found.fen}"


def _address(one: Payable) -> str:
    if one.kept is not None:
        return url_for(".pay_plan", number=one.kept.agreement)
    return url_for(".pay_loan", loan_id=one.loan.public_id if one.loan else "")


def _nothing(refused: DomainError, back_url: str) -> ResponseReturnValue:
    return render_template("borrower/pay_none.html", words=words_of(refused), back_url=back_url)
