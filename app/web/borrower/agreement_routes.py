"""A signed agreement: just signed, as a page, as a PDF, as dates for a calendar and as numbers."""

import json

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.stamps import NotStampedYet
from app.services.agreements import queries as agreement_queries
from app.services.agreements.queries import AgreementView
from app.services.breaks.queries import BrokenView, broken_plan
from app.services.breaks.starting import start_smaller
from app.services.servicing.account_queries import account_file_of
from app.services.servicing.calendar_file import calendar_file
from app.services.servicing.date_change_queries import DateChangeView, date_change_view
from app.services.signed_files.handing_out import own_pdf
from app.services.signed_files.keeping import PaperDiffers
from app.web.access import borrower_required, me
from app.web.addresses import MOST_COUNT, number_asked
from app.web.borrower.blueprint import bp
from app.web.borrower.date_change_forms import DateChangeForm
from app.web.borrower.downloads import handed_out
from app.web.borrower.notice_reading import note_reading
from app.web.catalogues import gettext
from app.web.context import context, db_session, gateways, site
from app.web.filters import words_of
from app.web.qr import qr_picture
from app.web.returning import see_other


@bp.get("/agreement/<number>")
@borrower_required
def agreement(number: str) -> ResponseReturnValue:
    found = agreement_of(number)
    broken = broken_plan(db_session(), context(), borrower_id=me(), agreement=found)
    if broken is not None:
        return _broken_page(found, broken)
    note_reading([found.kept])
    change = date_change_of(found)
    form = DateChangeForm(change.choice) if change.choice else None
    # Who asked for another number sees its days.
    is_open = number_asked("instalment", MOST_COUNT) is not None
    return agreement_page(found, change=change, form=form, is_open=is_open)


def agreement_page(
    found: AgreementView,
    *,
    change: DateChangeView,
    form: DateChangeForm | None,
    is_open: bool = False,
) -> str:
    """The page of an agreement, on which one due date may be moved; `is_open` unfolds that."""
    address = site().base_url.rstrip("/") + url_for("public.check", code=found.check_code)

    return render_template(
        "borrower/agreement.html",
        agreement=found,
        kept=found.kept,
        plan=found.account.plan,
        text=found.text,
        date_change=change,
        form=form,
        is_open=is_open,
        check_address=address,
        qr=qr_picture(address),
        back_url=url_for(".home"),
    )


def _broken_page(found: AgreementView, broken: BrokenView) -> str:
    """The page of an agreement whose plan is broken: how its loans came back to their contracts."""
    address = site().base_url.rstrip("/") + url_for("public.check", code=found.check_code)
    return render_template(
        "borrower/plan_broken.html",
        agreement=found,
        broken=broken,
        kept=found.kept,
        text=found.text,
        check_address=address,
        qr=qr_picture(address),
        back_url=url_for(".home"),
    )


@bp.post("/agreement/<number>/smaller")
@borrower_required
def start_smaller_plan(number: str) -> ResponseReturnValue:
    try:
        loan = start_smaller(db_session(), context(), borrower_id=me(), agreement=number)
    except RuleBroken as refused:  # another day, another plan: the page says how it stands
        flash(words_of(refused))
        return see_other(url_for(".agreement", number=number))
    return see_other(url_for(".plan_check", loan_id=loan))


def date_change_of(found: AgreementView) -> DateChangeView:
    """How its plan's one change of a date stands."""
    return date_change_view(
        db_session(), context(), account=found.account, is_running=found.is_running
    )


@bp.get("/agreement/<number>/signed")
@borrower_required
def agreement_signed(number: str) -> ResponseReturnValue:
    found = agreement_of(number)
    return render_template("borrower/agreement_signed.html", agreement=found, kept=found.kept)


@bp.get("/agreement/<number>.pdf")
@borrower_required
def agreement_pdf(number: str) -> ResponseReturnValue:
    try:
        found = own_pdf(db_session(), gateways=gateways(), borrower_id=me(), number=number)
    except NotStampedYet as refused:
        flash(words_of(refused) + gettext("。"))
        return redirect(url_for(".agreement", number=number))
    except PaperDiffers:
        flash(gettext("这份 PDF 现在不能下载，我们会核对。协议的全文就在这一页，照样有效。"))
        return redirect(url_for(".agreement", number=number))

    return handed_out(
        found.pdf,
        "application/pdf",
        f"{gettext('还款协议')}-{found.number}.pdf",
        f"{found.number}.pdf",
    )


@bp.get("/agreement/<number>/account.json")
@borrower_required
def account_json(number: str) -> ResponseReturnValue:
    found = account_file_of(db_session(), borrower_id=me(), number=number)
    text = json.dumps(found, ensure_ascii=False, indent=1) + "\n"

    return handed_out(
        text.encode(),
        "application/json",
        f"{gettext('我的账')}-{number}.json",
        f"{number}.json",
    )


@bp.get("/agreement/<number>.ics")
@borrower_required
def calendar(number: str) -> ResponseReturnValue:
    found = agreement_of(number)
    text = calendar_file(
        found.kept,
        site=site(),
        # Neither sums nor what it is about: calendars are shared (ADR 0024).
        title=gettext("安还：有一件事要办"),
        words=gettext("请登录安还查看。来不及的话，早点告诉我们，可以一起想办法。"),
        # The signature and not now: a second download gives the same file and replaces the first.
        made_at=found.signed_at,
    )

    return handed_out(
        text.encode(), "text/calendar; charset=utf-8", f"{found.number}.ics", f"{found.number}.ics"
    )


def agreement_of(number: str) -> AgreementView:
    """The borrower's own agreement; nobody else's is there."""
    return agreement_queries.agreement_view(
        db_session(), context(), borrower_id=me(), number=number
    )
