"""The desk finds a borrower or a loan; every search and view is on record."""

from collections.abc import Callable

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.borrowers import lookup as borrower_lookup
from app.services.borrowers.desk_queries import BorrowerDesk
from app.services.borrowers.find_queries import LedTo
from app.services.plans import verdicts
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.loan_forms import FindForm
from app.web.context import context, db_session
from app.web.returning import see_other

# The page of each thing that a search can mean.
PAGES: dict[LedTo, Callable[[str], str]] = {
    "borrower": lambda one: url_for(".borrower", public_id=one),
    "loan": lambda one: url_for(".loan", public_id=one),
    "case": lambda one: url_for(".case", version_id=one),
    "thread": lambda one: url_for(".thread", public_id=one),
    "callback": lambda one: url_for(".callback", public_id=one),
}


@bp.route("/find", methods=["GET", "POST"])
@staff_required(*READERS)
def find() -> ResponseReturnValue:
    form = FindForm()
    # Results are not kept for the way back: what was typed is a person's number (ADR 0033).
    found = None
    if form.validate_on_submit():
        found = borrower_lookup.find(db_session(), context(), text=form.text.data or "")
        if found.lead:
            return see_other(PAGES[found.lead.page](found.lead.public_id))
        if found.rows:
            form.text.data = ""  # an identity number stays on the screen no longer than needed

    return render_template("admin/find.html", form=form, found=found.rows if found else None)


@bp.get("/borrowers/<public_id>")
@staff_required(*READERS)
def borrower(public_id: str) -> ResponseReturnValue:
    desk = borrower_lookup.open_borrower(db_session(), context(), public_id=public_id)
    return show_borrower(desk)


def show_borrower(desk: BorrowerDesk, whole_name: str = "") -> ResponseReturnValue:
    """A borrower's page, with why each of their cases waits."""
    waits = verdicts.waits_by_version(
        db_session(), public_ids=[one.public_id for one in desk.cases]
    )
    return render_template("admin/borrower.html", desk=desk, waits=waits, whole_name=whole_name)


@bp.get("/loans/<public_id>")
@staff_required(*READERS)
def loan(public_id: str) -> ResponseReturnValue:
    return _show_loan(public_id)


@bp.post("/loans/<public_id>/remark")
@staff_required(*DESK)
@step_up_required
def loan_remark(public_id: str) -> ResponseReturnValue:
    # A POST behind the password: other people's names and numbers may stand in it (I-15).
    remark = borrower_lookup.show_remark(db_session(), context(), public_id=public_id)
    return _show_loan(public_id, remark)


def _show_loan(public_id: str, remark: str = "") -> ResponseReturnValue:
    desk = borrower_lookup.open_loan(db_session(), context(), public_id=public_id)
    return render_template(
        "admin/loan.html",
        desk=desk,
        page=desk.page,
        loan=desk.page.loan,
        owed=desk.page.loan.owed,
        remark=remark,
        may_see_remark=current_user.has_role(*DESK),
    )
