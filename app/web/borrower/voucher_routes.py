"""Receipts, papers of holds and quotes: taken with a tap, shown as a page, kept as a PDF."""

from collections.abc import Callable
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound, RuleBroken
from app.ports.documents import GlyphMissing
from app.services.signed_files.keeping import PaperDiffers
from app.services.vouchers.files import make_voucher_file, own_voucher_pdf
from app.services.vouchers.queries import VoucherView, voucher_view
from app.services.vouchers.taking import (
    issue_hold_paper,
    issue_loan_receipt,
    issue_quote,
    issue_receipt,
)
from app.web.access import borrower_required, me
from app.web.borrower.agreement_routes import agreement_of
from app.web.borrower.blueprint import bp
from app.web.borrower.downloads import handed_out
from app.web.catalogues import gettext
from app.web.context import context, db_session, gateways, site
from app.web.filters import translated, words_of
from app.web.qr import qr_picture
from app.web.returning import see_other

# The code is read out and copied by hand: in groups of so many.
GROUP_CHARS = 5


@bp.post("/agreement/<number>/receipt")
@borrower_required
def take_receipt(number: str) -> ResponseReturnValue:
    def issue(payment: str) -> str:
        return issue_receipt(
            db_session(), context(), borrower_id=me(), agreement=number, payment=payment
        )

    return _taken(issue, url_for(".agreement", number=number))


@bp.post("/loan/<loan_id>/receipt")
@borrower_required
def take_loan_receipt(loan_id: str) -> ResponseReturnValue:
    def issue(payment: str) -> str:
        return issue_loan_receipt(
            db_session(), context(), borrower_id=me(), loan_public_id=loan_id, payment=payment
        )

    return _taken(issue, url_for(".loan", loan_id=loan_id))


@bp.post("/hold")
@borrower_required
def take_hold_paper() -> ResponseReturnValue:
    try:
        made = issue_hold_paper(
            db_session(),
            context(),
            borrower_id=me(),
            cause=request.form.get("cause", ""),
            version=request.form.get("version", ""),
        )
    except NotFound:
        # It ended while the page was open; the page says what runs now.
        return see_other(url_for(".hold"))
    return see_other(url_for(".voucher", voucher_id=made))


@bp.post("/agreement/<number>/quote")
@borrower_required
def take_quote(number: str) -> ResponseReturnValue:
    try:
        on = date.fromisoformat(request.form.get("on", ""))
        made = issue_quote(db_session(), context(), borrower_id=me(), agreement=number, on=on)
    except (ValueError, RuleBroken):
        agreement_of(number)
        # Theirs: the page says why a day has no quote, and which have.
        return see_other(url_for(".payoff", number=number, on=request.form.get("on")))
    return see_other(url_for(".voucher", voucher_id=made))


@bp.get("/voucher/<voucher_id>")
@borrower_required
def voucher(voucher_id: str) -> ResponseReturnValue:
    found = _mine(voucher_id)
    address = site().base_url.rstrip("/") + url_for("public.check", code=found.check_code)
    code = found.check_code.upper()
    return render_template(
        "borrower/voucher.html",
        voucher=found,
        text=found.text,
        groups=[code[at : at + GROUP_CHARS] for at in range(0, len(code), GROUP_CHARS)],
        qr=qr_picture(address),
        back_url=_back_of(found),
    )


@bp.post("/voucher/<voucher_id>/pdf")
@borrower_required
def make_voucher_pdf(voucher_id: str) -> ResponseReturnValue:
    """The first who asks has it made; it is then there for good."""
    try:
        make_voucher_file(db_session(), context(), borrower_id=me(), public_id=voucher_id)
    except GlyphMissing:
        return _back(voucher_id, gettext("PDF 里有一个字我们还打不出来。请找人帮忙，我们寄给您。"))
    return see_other(url_for(".voucher_pdf", voucher_id=voucher_id))


@bp.get("/voucher/<voucher_id>.pdf")
@borrower_required
def voucher_pdf(voucher_id: str) -> ResponseReturnValue:
    try:
        found = own_voucher_pdf(
            db_session(), gateways=gateways(), borrower_id=me(), public_id=voucher_id
        )
    except PaperDiffers:
        return _back(voucher_id, gettext("这份 PDF 现在不能下载，我们会核对。全文就在这一页。"))
    except NotFound:
        # Theirs, and not made yet: their page has the button; else the same absence again.
        _mine(voucher_id)
        return redirect(url_for(".voucher", voucher_id=voucher_id))
    name = f"{translated(found.title)}-{found.number}.pdf"
    return handed_out(found.pdf, "application/pdf", name, f"{found.number}.pdf")


def _taken(issue: Callable[[str], str], page: str) -> ResponseReturnValue:
    try:
        made = issue(request.form.get("payment", ""))
    except RuleBroken as refused:
        flash(words_of(refused) + gettext("。"))
        return see_other(page)
    return see_other(url_for(".voucher", voucher_id=made))


def _mine(voucher_id: str) -> VoucherView:
    return voucher_view(db_session(), context(), borrower_id=me(), public_id=voucher_id)


def _back_of(found: VoucherView) -> str:
    if found.kind == "hold":
        return url_for(".hold")
    agreement = found.text["details"].get("agreement")
    if not agreement:
        return url_for(".home")
    place = ".payoff" if found.kind == "quote" else ".agreement"
    return url_for(place, number=agreement)


def _back(voucher_id: str, words: str) -> ResponseReturnValue:
    flash(words)
    return see_other(url_for(".voucher", voucher_id=voucher_id))
