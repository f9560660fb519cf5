"""One loan with every figure explained."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.holds import breathing as breathing_space
from app.services.loans import queries as loan_queries
from app.services.vouchers.money_queries import loan_money
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.context import context, db_session


@bp.get("/loan/<loan_id>")
@borrower_required
def loan(loan_id: str) -> ResponseReturnValue:
    page = loan_queries.loan_page(db_session(), context(), borrower_id=me(), public_id=loan_id)
    money = loan_money(db_session(), borrower_id=me(), loan_public_id=loan_id)
    return render_template(
        "borrower/loan.html",
        page=page,
        loan=page.loan,
        owed=page.loan.owed,
        money=money,
        breathing=breathing_space.breathing_offer(db_session(), context(), borrower_id=me()),
        back_url=url_for(".home"),
    )
