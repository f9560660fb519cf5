"""At zero: the certificate of a completed plan, as a page and as a PDF."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound
from app.ports.documents import GlyphMissing
from app.services.certificates.files import (
    CertificateWithdrawn,
    make_certificate_file,
    own_certificate_pdf,
)
from app.services.certificates.queries import certificate_view
from app.services.refunds.queries import own_refund
from app.services.signed_files.keeping import PaperDiffers
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.downloads import handed_out
from app.web.catalogues import gettext
from app.web.context import context, db_session, gateways, site
from app.web.filters import translated, words_of
from app.web.qr import qr_picture
from app.web.returning import see_other

# The code is read out and copied by hand: in groups of so many.
GROUP_CHARS = 5


@bp.get("/certificate/<certificate_id>")
@borrower_required
def certificate(certificate_id: str) -> ResponseReturnValue:
    found = certificate_view(db_session(), context(), borrower_id=me(), public_id=certificate_id)
    address = site().base_url.rstrip("/") + url_for("public.check", code=found.check_code)
    code = found.check_code.upper()
    return render_template(
        "borrower/certificate.html",
        certificate=found,
        text=found.text,
        groups=[code[at : at + GROUP_CHARS] for at in range(0, len(code), GROUP_CHARS)],
        qr=qr_picture(address),
        refund=own_refund(db_session(), context(), plan_id=found.plan_id),
        back_url=url_for(".agreement", number=found.text["agreement"]),
    )


@bp.post("/certificate/<certificate_id>/pdf")
@borrower_required
def make_certificate_pdf(certificate_id: str) -> ResponseReturnValue:
    """The first who asks has it made; it is then there for good."""
    try:
        make_certificate_file(db_session(), context(), borrower_id=me(), public_id=certificate_id)
    except CertificateWithdrawn as refused:
        return _back(certificate_id, words_of(refused) + gettext("。"))
    except GlyphMissing:
        return _back(
            certificate_id, gettext("PDF 里有一个字我们还打不出来。请找人帮忙，我们寄给您。")
        )
    return see_other(url_for(".certificate_pdf", certificate_id=certificate_id))


@bp.get("/certificate/<certificate_id>.pdf")
@borrower_required
def certificate_pdf(certificate_id: str) -> ResponseReturnValue:
    try:
        found = own_certificate_pdf(
            db_session(), gateways=gateways(), borrower_id=me(), public_id=certificate_id
        )
    except CertificateWithdrawn as refused:
        return _back(certificate_id, words_of(refused) + gettext("。"))
    except PaperDiffers:
        return _back(
            certificate_id,
            gettext("这份 PDF 现在不能下载，我们会核对。证明的全文就在这一页，照样有效。"),
        )
    except NotFound:
        # Theirs, and not made yet: their page has the button; else the same absence again.
        certificate_view(db_session(), context(), borrower_id=me(), public_id=certificate_id)
        return redirect(url_for(".certificate", certificate_id=certificate_id))
    name = f"{translated(found.title)}-{found.number}.pdf"
    return handed_out(found.pdf, "application/pdf", name, f"{found.number}.pdf")


def _back(certificate_id: str, words: str) -> ResponseReturnValue:
    flash(words)
    return see_other(url_for(".certificate", certificate_id=certificate_id))
