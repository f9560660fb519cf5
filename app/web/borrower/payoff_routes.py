"""Paying a signed plan off before its end: the sum on a day, how it came about, where it goes."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.keeping.quoting import BrokenPlan, DayNotQuoted, NoQuote
from app.services.servicing.account_queries import PayoffView, payoff_view
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.payoff_forms import PayoffForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import cn_date, words_of


@bp.get("/agreement/<number>/payoff")
@borrower_required
def payoff(number: str) -> ResponseReturnValue:
    form = PayoffForm(request.args)
    day = form.on.data if form.validate() else None
    back_url = url_for(".agreement", number=number)
    try:
        found = payoff_view(db_session(), context(), borrower_id=me(), number=number, on=day)
    except NoQuote as refused:
        return render_template(
            "borrower/payoff_none.html",
            number=number,
            words=words_of(refused),
            is_broken=isinstance(refused, BrokenPlan),
            back_url=back_url,
        )
    if found.refusal:
        form.on.errors = [_refusal(found)]
    elif not request.args.get("on"):
        form.on.data = found.first

    return render_template("borrower/payoff.html", payoff=found, form=form, back_url=back_url)


def _refusal(found: PayoffView) -> str:
    """Why a day has no quote, its dates as people write them."""
    if isinstance(found.refusal, DayNotQuoted):
        return gettext(
            "请选 %(first)s 到 %(last)s 之间的一天（含这两天）",
            first=cn_date(found.first),
            last=cn_date(found.last),
        )
    return words_of(found.refusal) if found.refusal else ""
