"""Pages, by audience."""

from flask import Flask


def register_pages(app: Flask) -> None:
    """Attach headers, error pages, filters and every audience's pages."""
    from app.web import (
        access,
        calendar_notes,
        cashier,
        errors,
        filters,
        headers,
        health,
        kept_parts,
        payment_calls,
        receipts,
        transfers,
        words,
    )
    from app.web.admin.blueprint import bp as admin
    from app.web.api import blueprint as api
    from app.web.borrower.blueprint import bp as borrower
    from app.web.finance.blueprint import bp as finance
    from app.web.public.blueprint import bp as public

    # First: what reads a form takes its bytes, and those of a callback are signed.
    payment_calls.install(app)
    for part in (
        access,
        headers,
        errors,
        filters,
        kept_parts,
        words,
        calendar_notes,
        receipts,
        transfers,
        api,
    ):
        part.install(app)
    for blueprint in (
        health.bp,
        receipts.bp,
        payment_calls.bp,
        public,
        borrower,
        admin,
        finance,
        api.bp,
    ):
        app.register_blueprint(blueprint)
    cashier.install(app)
