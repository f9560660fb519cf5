"""The page of the local cashier, in development only: a payer is played by hand."""

from typing import cast, get_args
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.test import Client

from app.ports.cashier import Cashier, CashierAct, Telling
from app.web.access import public
from app.web.catalogues import gettext
from app.web.context import gateways, now, runtime
from app.web.returning import see_other

bp = Blueprint("cashier", __name__)
LATE = "late"
# Where the payer stays at the cashier: nothing has come of it yet.
STAYS = ("fail", LATE)


def install(app: Flask) -> None:
    """Only where there is such a cashier; production has none."""
    found = app.extensions["anhuan"]
    if found.gateways.cashier is not None and not found.is_production:
        app.register_blueprint(bp)


@bp.get("/dev/cashier/<order_number>")
@public
def cashier_order(order_number: str) -> ResponseReturnValue:
    order = _cashier().order(order_number)
    if order is None:
        abort(404)
    return render_template("public/cashier.html", order=order, back=_path(order.return_url))


@bp.post("/dev/cashier/<order_number>")
@public
def cashier_act(order_number: str) -> ResponseReturnValue:
    """Do as the payer chose, and call back as a channel does: over the address it was given."""
    cashier, act = _cashier(), request.form.get("act", "")
    order = cashier.order(order_number)
    if order is None:
        abort(404)
    if act not in (*get_args(CashierAct), LATE):
        return see_other(url_for(".cashier_order", order_number=order_number))
    if act == LATE:
        told = cashier.late(order_number)
    else:
        told = cashier.act(order_number, cast(CashierAct, act), at=now())
    for one in told:
        _call(one)
    if act in STAYS:
        flash(gettext("没有付成，没有扣款。") if act == "fail" else gettext("回调补发了。"))
        return see_other(url_for(".cashier_order", order_number=order_number))
    return see_other(_path(order.return_url))


def _call(one: Telling) -> None:
    # Through the whole application, as if it came from outside: a server with one worker would
    # wait for itself over the network.
    client = Client(current_app.wsgi_app, use_cookies=False)
    base = runtime().site.base_url
    client.post(_path(one.url), base_url=base, data=one.body, headers=dict(one.headers)).close()


def _cashier() -> Cashier:
    found = gateways().cashier
    if found is None:
        abort(404)
    return found


def _path(address: str) -> str:
    return urlsplit(address).path or "/"
