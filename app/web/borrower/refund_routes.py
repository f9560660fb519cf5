"""A borrower says where what they paid too much goes."""

from flask import flash, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.services.certificates.queries import certificate_view
from app.services.refunds.accounts_named import AccountRefused
from app.services.refunds.naming import name_account
from app.web.access import borrower_required, me
from app.web.account_form import AccountForm
from app.web.borrower.blueprint import bp
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.returning import see_other


@bp.route("/certificate/<certificate_id>/refund", methods=["GET", "POST"])
@borrower_required
def name_refund_account(certificate_id: str) -> ResponseReturnValue:
    found = certificate_view(db_session(), context(), borrower_id=me(), public_id=certificate_id)
    there = url_for(".certificate", certificate_id=certificate_id, _anchor="credit")
    if found.credit_fen <= 0:
        return see_other(there)
    form = AccountForm()
    if form.validate_on_submit() and (account := form.account()) is not None:
        try:
            name_account(
                db_session(),
                context(),
                borrower_id=me(),
                certificate=certificate_id,
                account=account,
                request_key=form.request_key.data or "",
            )
            flash(gettext("记下了。财务核对以后打到这个账户。"))
            return see_other(there)
        except AccountRefused as refused:
            form.blame(refused)
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
    return render_template(
        "borrower/refund_account.html", form=form, certificate=found, back_url=there
    )
