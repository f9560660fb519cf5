"""A picture of a transfer beside the money: sent, seen again, what became of it."""

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import GatewayDown, RuleBroken
from app.domain.evidence import FILE_BYTES, MEGABYTES
from app.services.evidence import removing
from app.services.evidence.adding import TooManyUploads
from app.services.evidence.proof_answers import own_proof_page
from app.services.evidence.proof_queries import own_proofs
from app.services.evidence.proofs import SentProof, send_proof
from app.web.access import borrower_required, me
from app.web.borrower.blueprint import bp
from app.web.borrower.proof_forms import ProofForm
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.papers import page_file, refusal_words
from app.web.returning import see_other
from app.web.uploads import takes_files

# Beside which field a refusal is told; of the file otherwise.
FIELD_OF_CODE = {"proof_sum": "fen", "proof_day": "on", "consent_needed": "consent"}


@bp.route("/agreement/<number>/proof", methods=["GET", "POST"])
@takes_files
@borrower_required
def proof(number: str) -> ResponseReturnValue:
    form = ProofForm()
    if request.method == "GET":
        return _page(number, form)
    # Nobody else's is there, whatever else is wrong with the form.
    own_proofs(db_session(), context(), borrower_id=me(), agreement=number)
    refused = ""
    if form.validate_on_submit():
        refused = _send(number, form)
        if not refused and not form.errors:
            flash(gettext("已收到凭证，正在核对。有了结果会写在这一页。"))
            return see_other(url_for(".proof", number=number))
    return _page(number, form, refused)


@bp.post("/agreement/<number>/proof/take-back")
@borrower_required
def take_proofs_back(number: str) -> ResponseReturnValue:
    own_proofs(db_session(), context(), borrower_id=me(), agreement=number)
    if removing.take_proofs_back(db_session(), context(), borrower_id=me()):
        flash(gettext("同意已经收回，图都删掉了。"))
    return see_other(url_for(".proof", number=number))


@bp.get("/agreement/<number>/proof/<proof>/<int:page>.jpg")
@borrower_required
def proof_page(number: str, proof: str, page: int) -> Response:
    content = own_proof_page(db_session(), context(), borrower_id=me(), public_id=proof, page=page)
    return page_file(content, page)


def _send(number: str, form: ProofForm) -> str:
    """Why it was not taken, where that is told of the file; empty where it was."""
    file = request.files.get("file")
    if form.on.data is None:
        form.on.errors = [gettext("请选转账的那一天")]
        return ""
    if file is None or not file.filename:
        return gettext("还没有选图。点“拍照，或从相册选”，选好再上传。")
    sent = SentProof(
        fen=form.fen.data or 0,
        paid_on=form.on.data,
        content=file.stream.read(FILE_BYTES + 1),
        has_consented=bool(form.consent.data),
    )
    try:
        send_proof(db_session(), context(), borrower_id=me(), agreement=number, sent=sent)
    except TooManyUploads:
        raise
    except GatewayDown:
        return gettext("现在存不进去，没有收。请过一会儿再传")
    except RuleBroken as refused:
        field = FIELD_OF_CODE.get(refused.code)
        if field is None:
            return refusal_words(refused)
        form[field].errors = [refusal_words(refused)]
    return ""


def _page(number: str, form: ProofForm, refused: str = "") -> str:
    # Read anew: what was taken is there.
    found = own_proofs(db_session(), context(), borrower_id=me(), agreement=number)
    return render_template(
        "borrower/proof.html",
        found=found,
        form=form,
        refused=refused,
        most_megabytes=MEGABYTES,
        back_url=url_for(".agreement", number=number),
    )
