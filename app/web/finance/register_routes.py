"""The register of signed agreements."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.services.finance import register_queries
from app.services.finance.register_queries import STATES
from app.web.access import staff_required
from app.web.context import context, db_session
from app.web.finance.blueprint import bp
from app.web.finance.register_forms import FilterForm

READERS = ("finance", "compliance")


@bp.get("/")
@staff_required(*READERS)
def register() -> ResponseReturnValue:
    # By address, so that a filtered register can be reloaded and passed on.
    form = FilterForm(request.args)
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
        states=STATES,
        query=form.query(),
    )
