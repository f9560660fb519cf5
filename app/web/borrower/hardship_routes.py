"""Why it is hard now, told in confidence on the journey to a plan; and the quiet way off that
page.
"""

from collections.abc import Callable

from flask import Response, flash, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.services.hardship import handling as hardship_handling
from app.services.hardship.records import SENSITIVE, UNSAID, Hardship
from app.services.proposals import drafts as proposal_drafts
from app.services.proposals.queries import PlanJourney
from app.services.signin import borrower_signin
from app.web import login
from app.web.access import borrower_required, me, public
from app.web.borrower import journey_pages
from app.web.borrower.blueprint import bp
from app.web.borrower.journey import latest_step, may_see
from app.web.borrower.journey_pages import Question, on_the_journey
from app.web.borrower.plan_forms import REASON_HINTS, ReasonForm
from app.web.catalogues import gettext
from app.web.context import context, db_session, requester, site
from app.web.returning import see_other

SKIP = "skip"


@bp.route("/loan/<loan_id>/plan/reason", methods=["GET", "POST"])
@borrower_required
@on_the_journey
def plan_reason(loan_id: str) -> ResponseReturnValue:
    # Before the form is judged: who skips need not fill anything in (quality U22).
    if request.form.get("act") == SKIP:
        return skip(loan_id, "reason", lambda: _keep_reason(loan_id, Hardship(), False))

    form = ReasonForm()

    def keep() -> None:
        told = Hardship(form.reason.data or "", (form.words.data or "").strip())
        _keep_reason(loan_id, told, bool(form.consent.data))

    def fill(found: PlanJourney) -> None:
        told = found.hardship
        if told is not None:
            form.reason.data, form.words.data = told.reason, told.words
            form.consent.data = told.is_sensitive

    return journey_pages.ask(
        loan_id,
        "reason",
        Question(form, keep, fill, refused_at="consent"),
        hints=REASON_HINTS,
        private_reasons=SENSITIVE,
        skip=UNSAID,
    )


@bp.post("/reason/take-back")
@borrower_required
def take_back_reason() -> ResponseReturnValue:
    if hardship_handling.withdraw_reason(db_session(), context(), borrower_id=me()):
        flash(gettext("已经收回，原因和您写的话都删掉了。"))
    return see_other(url_for(".home"))


@bp.post("/leave")
@public
def leave_quickly() -> ResponseReturnValue:
    """End the session and go on to a neutral page outside; also for who is not signed in any more.

    A small page with a Refresh, for a redirect after a form may not leave the site (form-action
    'self').
    """
    if current_user.is_borrower:
        borrower_signin.sign_out(
            db_session(),
            context(),
            borrower_public_id=current_user.public_id,
            session_id=current_user.session_id,
            requester=requester(),
        )
        login.forget()

    response: Response = make_response(render_template("public/left.html"))
    response.headers["Refresh"] = f"0; url={site().exit_url}"
    # Someone who leaves in a hurry may not be alone: the back button must show nothing.
    response.headers["Clear-Site-Data"] = '"cache", "storage"'

    return response


def skip(
    loan_id: str, step: str, keep: Callable[[], None], *, last: str = ""
) -> ResponseReturnValue:
    """Leave a question out on purpose, and all that follow up to `last`; out of step it leads to
    the latest page allowed, like any answer.
    """
    found = journey_pages.journey_on(loan_id)
    if not may_see(found, step):
        return journey_pages.go_to(latest_step(found), loan_id)
    keep()
    return journey_pages.go_on(loan_id, last or step)


def _keep_reason(loan_id: str, told: Hardship, has_consented: bool) -> None:
    proposal_drafts.save_reason(
        db_session(),
        context(),
        borrower_id=me(),
        loan_public_id=loan_id,
        reason=told.reason,
        words=told.words,
        has_consented=has_consented,
    )
