"""The desk finds a borrower or a loan; every search and view is on record."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.services.borrowers import lookup as borrower_lookup
from app.web.access import staff_required
from app.web.admin.blueprint import READERS, bp
from app.web.admin.loan_forms import FindForm
from app.web.context import context, db_session


@bp.route("/find", methods=["GET", "POST"])
@staff_required(*READERS)
def find() -> ResponseReturnValue:
    form = FindForm()
    # Results are not kept for the way back: what was typed is a person's number (ADR 0033).
    found = None
    if form.validate_on_submit():
        found = borrower_lookup.find(db_session(), context(), text=form.text.data or "")
        if found:
            form.text.data = ""  # an identity number stays on the screen no longer than needed

    return render_template("admin/find.html", form=form, found=found)


@bp.get("/borrowers/<public_id>")
@staff_required(*READERS)
def borrower(public_id: str) -> ResponseReturnValue:
    desk = borrower_lookup.open_borrower(db_session(), context(), public_id=public_id)
    return render_template("admin/borrower.html", desk=desk)


@bp.get("/loans/<public_id>")
@staff_required(*READERS)
def loan(public_id: str) -> ResponseReturnValue:
    desk = borrower_lookup.open_loan(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/loan.html", desk=desk, page=desk.page, loan=desk.page.loan, owed=desk.page.loan.owed
    )
