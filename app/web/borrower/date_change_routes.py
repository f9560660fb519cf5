"""One due date moved by its borrower, on the page of the agreement."""

from flask import url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.keeping.date_changing import DateOutside, InstalmentNotMovable
from app.services.servicing import date_changes
from app.web.access import borrower_required, me
from app.web.borrower.agreement_routes import agreement_of, agreement_page, date_change_of
from app.web.borrower.blueprint import bp
from app.web.borrower.date_change_forms import DateChangeForm
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.route("/agreement/<number>/date", methods=["GET", "POST"])
@borrower_required
def change_date(number: str) -> ResponseReturnValue:
    found = agreement_of(number)
    change = date_change_of(found)
    there = url_for(".agreement", number=number, _anchor="due-day")
    if change.choice is None:
        # Moved already, by the first of two taps, or not to be moved: the page says which.
        return see_other(there)
    form = DateChangeForm(change.choice)
    if form.validate_on_submit() and form.due_on is not None:
        try:
            date_changes.change_date(
                db_session(),
                context(),
                borrower_id=me(),
                agreement=number,
                number=form.number,
                due_on=form.due_on,
                request_key=form.request_key.data or "",
            )
        except DateOutside as refused:
            form.blame(words_of(refused))
        except InstalmentNotMovable as refused:
            form.form_errors.append(words_of(refused))
        except RuleBroken:
            return see_other(there)  # another tab was first: the page says how it stands
        else:
            return see_other(there)

    return agreement_page(found, change=change, form=form, is_open=True)
