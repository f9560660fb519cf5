"""Pages, by audience."""

from flask import Flask


def register_pages(app: Flask) -> None:
    """Attach headers, error pages, filters and every audience's pages."""
    from app.web import access, calendar_notes, errors, filters, headers, health, receipts, words
    from app.web.admin.blueprint import bp as admin
    from app.web.api import blueprint as api
    from app.web.borrower.blueprint import bp as borrower
    from app.web.finance.blueprint import bp as finance
    from app.web.public.blueprint import bp as public

    for part in (access, headers, errors, filters, words, calendar_notes, receipts, api):
        part.install(app)
    for blueprint in (health.bp, receipts.bp, public, borrower, admin, finance, api.bp):
        app.register_blueprint(blueprint)
