"""People of whom a file brought two mobiles or names: which is right, decided on record."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.file_decisions import queries as contested_queries
from app.services.file_decisions.settling import open_contested, settle_person
from app.web.access import staff_required, step_up_required
from app.web.admin.blueprint import DESK, READERS, bp
from app.web.admin.nightly_forms import SettleForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.get("/contested")
@staff_required(*READERS)
def contested_people() -> ResponseReturnValue:
    people = contested_queries.contested_people(db_session(), context())
    return render_template("admin/contested_people.html", people=people)


@bp.get("/contested/<public_id>")
@staff_required(*DESK)
@step_up_required
def contested_person(public_id: str) -> ResponseReturnValue:
    return _show(public_id, SettleForm())


@bp.post("/contested/<public_id>")
@staff_required(*DESK)
@step_up_required
def settle_contested_person(public_id: str) -> ResponseReturnValue:
    form = SettleForm()
    form.fit_to(contested_queries.contested_person(db_session(), context(), public_id=public_id))
    if not form.validate_on_submit():
        return _show(public_id, form)
    words = form.words.data or ""
    try:
        settle_person(db_session(), context(), public_id=public_id, chosen=form.chosen, words=words)
    except RuleBroken as refused:
        form.form_errors.append(words_of(refused))
        return _show(public_id, form)
    return see_other(url_for(".borrower", public_id=public_id))


def _show(public_id: str, form: SettleForm) -> ResponseReturnValue:
    # In full, for masked they may look alike; each showing leaves an entry (I-15).
    person = open_contested(db_session(), context(), public_id=public_id)
    form.fit_to(person)
    return render_template("admin/contested_person.html", person=person, form=form)
