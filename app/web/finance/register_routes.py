"""The register of signed agreements."""

import io

from flask import render_template, request, send_file
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.finance import register_queries
from app.services.register import sums as register_sums
from app.services.register.filter import KINDS, STATES
from app.services.register.money import INSTALMENT_STATES
from app.services.signed_files.handing_out import hand_out_pdf
from app.web.access import staff_required, step_up_required
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.finance.register_forms import FilterForm

READERS = ("finance", "compliance")
# What the codes of a filter are called.
FILTER_WORDS = {"states": STATES, "kinds": KINDS, "instalments": INSTALMENT_STATES}


def filter_form() -> FilterForm:
    """Return the filter of this address, with the products the register has."""
    products = register_sums.register_products(db_session())
    return FilterForm(
        request.args,
        products=products,
        begin_many=lambda number: register_sums.begin_many(db_session(), number=number),
    )


@bp.get("/")
@staff_required(*READERS)
def register() -> ResponseReturnValue:
    # By address, so that a filtered register can be reloaded and passed on.
    form = filter_form()
    after = request.args.get("after") or None
    page = None
    if form.validate():
        page = register_queries.register_page(
            db_session(), context(), wanted=form.wanted(), after=after
        )

    return render_template(
        "finance/register.html",
        form=form,
        page=page,
        wanted=form.wanted(),
        is_first=after is None,
        words=FILTER_WORDS,
        query=form.query(),
    )


@bp.get("/agreements/<number>", endpoint="agreement")
@staff_required(*READERS)
def agreement_page(number: str) -> ResponseReturnValue:
    return _agreement(number)


@bp.post("/agreements/<number>", endpoint="take_agreement")
@staff_required(*READERS)
@step_up_required
def take_agreement(number: str) -> ResponseReturnValue:
    """Hand over the signed PDF as an attachment; a POST, for who took it is on record."""
    try:
        found = hand_out_pdf(db_session(), context(), number=number)
    except RuleBroken as refused:
        return _agreement(number, words_of(refused)), 409

    return send_file(
        io.BytesIO(found.pdf),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=f"{found.number}.pdf",
    )


def _agreement(number: str, refusal: str = "") -> str:
    line = register_queries.register_line(db_session(), context(), number=number)
    return render_template(
        "finance/agreement.html", line=line, row=line.row, refusal=refusal, words=FILTER_WORDS
    )
