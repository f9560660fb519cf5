"""The desk of the lender's staff, under /admin/."""

from flask import Blueprint

bp = Blueprint("admin", __name__, url_prefix="/admin")

from app.web.admin import (  # noqa: E402, F401 - routes attach themselves
    loan_routes,
    nightly_routes,
    plan_routes,
    signin_routes,
)
