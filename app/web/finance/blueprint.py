"""Finance, under /finance/: it reads and exports, says whose money is, and changes no plan."""

from flask import Blueprint

bp = Blueprint("finance", __name__, url_prefix="/finance")

# routes and words attach themselves
from app.web.finance import (  # noqa: E402, F401
    core_file_routes,
    difference_routes,
    difference_words,
    dues_routes,
    export_routes,
    export_words,
    money_routes,
    money_words,
    month_routes,
    proof_routes,
    refund_routes,
    refund_words,
    register_routes,
)
