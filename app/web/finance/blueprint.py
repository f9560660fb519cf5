"""Finance, under /finance/: it reads and exports, and changes no plan."""

from flask import Blueprint

bp = Blueprint("finance", __name__, url_prefix="/finance")

# routes and words attach themselves
from app.web.finance import export_routes, export_words, register_routes  # noqa: E402, F401
