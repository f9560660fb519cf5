"""Pictures of transfers that wait: read on record, matched with one tap, or answered."""

from uuid import uuid4

from flask import Response, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.evidence import PROOF_REASONS
from app.services.evidence.proof_answers import answer_proof, match_proof, view_proof
from app.services.evidence.proof_queries import waiting_proofs
from app.web.access import staff_required
from app.web.catalogues import gettext
from app.web.context import context, db_session
from app.web.filters import words_of
from app.web.finance.blueprint import bp
from app.web.finance.money_forms import ProofMatchForm
from app.web.papers import page_file
from app.web.returning import see_other


@bp.get("/proofs")
@staff_required("finance")
def proofs() -> ResponseReturnValue:
    return _page()


@bp.post("/proofs/<proof>/<int:page>")
@staff_required("finance")
def read_proof(proof: str, page: int) -> Response:
    # A POST, for every reading is on record: nothing that only looks ahead may cause one.
    return page_file(view_proof(db_session(), context(), public_id=proof, page=page), page)


@bp.post("/proofs/<proof>/match")
@staff_required("finance")
def match_proof_to(proof: str) -> ResponseReturnValue:
    form = ProofMatchForm()
    if not form.validate_on_submit():
        return _page()
    try:
        match_proof(
            db_session(),
            context(),
            public_id=proof,
            payment=form.payment.data or "",
            request_key=form.request_key.data or "",
        )
    except RuleBroken as refused:
        return _page(words_of(refused))
    flash(gettext("记好了，凭证也答复了。记错了可以在这笔款里撤回。"))
    return see_other(url_for(".payment", public_id=form.payment.data))


@bp.post("/proofs/<proof>/answer")
@staff_required("finance")
def answer_proof_of(proof: str) -> ResponseReturnValue:
    try:
        answer_proof(
            db_session(), context(), public_id=proof, reason=request.form.get("reason", "")
        )
    except RuleBroken as refused:
        return _page(words_of(refused))
    flash(gettext("答复好了，借款人在协议的页面看得到。"))
    return see_other(url_for(".proofs"))


def _page(refused: str = "") -> str:
    return render_template(
        "finance/proofs.html",
        proofs=waiting_proofs(db_session(), context()),
        reasons=PROOF_REASONS,
        # Of each form its own: a page holds several.
        new_key=lambda: str(uuid4()),
        refused=refused,
    )
