"""The borrower's pages."""

from flask import Blueprint

bp = Blueprint("borrower", __name__)

from app.web.borrower import (  # noqa: E402, F401 - routes attach themselves
    affordability_routes,
    agreement_routes,
    breathing_routes,
    certificate_routes,
    date_change_routes,
    evidence_routes,
    hardship_routes,
    home_routes,
    loan_routes,
    loans_routes,
    order_routes,
    pay_routes,
    payoff_routes,
    plan_routes,
    plan_status_routes,
    proof_routes,
    refund_routes,
    signin_routes,
    signing_routes,
    thread_routes,
    voucher_routes,
    way_routes,
    what_if_routes,
)
