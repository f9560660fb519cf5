"""What a borrower sees first, and every contact made so far."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.services.borrowers import home_queries
from app.services.contact import records as contact_records
from app.services.plans import verdicts
from app.web.access import borrower_required, me
from app.web.addresses import number_asked
from app.web.borrower.blueprint import bp
from app.web.borrower.notice_reading import note_reading
from app.web.borrower.signing_held import signing_note
from app.web.context import context, db_session, now


@bp.get("/home")
@borrower_required
def home() -> ResponseReturnValue:
    found = home_queries.home(db_session(), context(), borrower_id=me())
    note_reading(one.kept for one in found.plans)
    waiting = [one.plan.public_id for one in found.loans if one.plan and one.plan.is_running]
    waits = verdicts.waits_by_version(db_session(), public_ids=waiting)
    plan = found.next.loan.plan if found.next.kind == "sign" and found.next.loan else None
    held = signing_note(plan.public_id if plan else None)
    return render_template("borrower/home.html", home=found, waits=waits, held=held)


@bp.get("/contacts")
@borrower_required
def contacts() -> ResponseReturnValue:
    before = number_asked("before")
    return render_template(
        "borrower/contacts.html",
        page=contact_records.contacts_of(db_session(), borrower_id=me(), now=now(), before=before),
        holds=contact_records.running_holds(db_session(), context(), borrower_id=me()),
        is_first=before is None,
        back_url=url_for(".home"),
    )
