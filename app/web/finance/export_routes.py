"""Exports: asked for with a purpose, watched while they are made, taken by their maker or
compliance.
"""

from flask import redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.errors import RuleBroken
from app.services.finance import export_queries, exports
from app.services.finance.exports import ExportWish, TooManyExports
from app.services.register import sums as register_sums
from app.web.access import staff_required, step_up_required
from app.web.context import context, db_session, gateways
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.finance.export_forms import ExportForm
from app.web.finance.register_forms import FilterForm
from app.web.finance.register_routes import FILTER_WORDS, READERS, filter_form
from app.web.returning import see_other


@bp.get("/exports", endpoint="exports")
@staff_required(*READERS)
def export_list() -> ResponseReturnValue:
    after = request.args.get("after") or None
    page = export_queries.export_page(db_session(), context(), maker_id=_maker_id(), after=after)
    part = (
        "finance/export_jobs.html" if request.headers.get("HX-Request") else "finance/exports.html"
    )
    return render_template(part, page=page, after=after, words=FILTER_WORDS)


@bp.route("/exports/new", methods=["GET", "POST"])
@staff_required("finance")
@step_up_required
def new_export() -> ResponseReturnValue:
    # The filter comes with the address from the register: what is exported is what was looked at.
    chosen = filter_form()
    if not chosen.validate():
        return redirect(url_for(".register", **chosen.typed()))

    form = ExportForm()
    if form.validate_on_submit():
        try:
            _ask(chosen, form)
        except TooManyExports as refused:
            form.form_errors.append(words_of(refused))
            return _show(chosen, form), 429, {"Retry-After": str(refused.wait_seconds)}
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
        else:
            return see_other(url_for(".exports"))

    return _show(chosen, form)


@bp.post("/exports/<public_id>/<int:file_number>")
@staff_required(*READERS)
@step_up_required
def take_export(public_id: str, file_number: int) -> ResponseReturnValue:
    """Hand over one file as an attachment; who took it is on record."""
    name, file = exports.take_file(
        db_session(),
        context(),
        storage=gateways().storage,
        public_id=public_id,
        number=file_number,
        maker_id=_maker_id(),
    )
    # Never shown by the browser itself: a CSV or ZIP of ours is nothing to open in a tab.
    return send_file(
        file, mimetype="application/octet-stream", as_attachment=True, download_name=name
    )


def _ask(chosen: FilterForm, form: ExportForm) -> None:
    exports.ask_export(
        db_session(),
        context(),
        wish=ExportWish(form.form.data or "", chosen.wanted(), form.purpose.data or ""),
        request_key=form.request_key.data or "",
    )


def _show(chosen: FilterForm, form: ExportForm) -> str:
    totals = register_sums.register_totals(db_session(), wanted=chosen.wanted())
    return render_template(
        "finance/export_new.html",
        form=form,
        totals=totals,
        wanted=chosen.wanted(),
        query=chosen.query(),
        words=FILTER_WORDS,
    )


def _maker_id() -> int | None:
    """Compliance sees everyone's exports, finance their own."""
    return None if current_user.has_role("compliance") else current_user.staff_id
