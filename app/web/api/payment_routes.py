"""Money as it comes, from the lender's own system."""

import json

from flask import Response, request
from flask.typing import ResponseReturnValue

from app.domain.nightly_fields import RowFault
from app.domain.repayments.posted import FEN, read_posted
from app.domain.repayments.row import RepaymentRow
from app.services.api_keys.queries import POST_PAYMENTS
from app.services.core.request_keys import KeyReused
from app.services.repayments.receiving import PaymentRefused, receive_payment
from app.web.api.blueprint import bp
from app.web.api.document import answers, spec
from app.web.api.guard import calling, machine_required
from app.web.api.reading import body, read
from app.web.api.shapes import PaymentHeaders, PaymentIn, PaymentOut
from app.web.context import db_session
from app.web.filters import translated
from app.web.problems import problem

KEY = "Idempotency-Key"
CREATED, KNOWN, MOVED = 201, 200, 409
# What is wrong with what is on record, and not with what was sent.
CONFLICTS = ("changed", "reversal")


@bp.post("/payments")
@machine_required(POST_PAYMENTS)
@spec.validate(
    json=PaymentIn,
    headers=PaymentHeaders,
    resp=answers(
        409,
        413,
        415,
        422,
        HTTP_201=(PaymentOut, "已记下"),
        HTTP_200=(PaymentOut, "以前已经记过同一笔"),
    ),
    operation_id="add_payment",
    skip_validation=True,
)
def add_payment() -> ResponseReturnValue:
    """记一笔到账或冲正

    走和还款流水同一条路：认领、入账、随之而来的都在一次里完成。不改变流水覆盖到哪一天。
    """
    key = read(
        PaymentHeaders, {name: request.headers[name] for name in (KEY,) if name in request.headers}
    )
    told = body(PaymentIn)
    try:
        row = _row(told)
        done = receive_payment(db_session(), calling(), row=row, request_key=key.idempotency_key)
    except KeyReused as refusal:
        return problem(422, code=refusal.code)
    except (RowFault, PaymentRefused) as fault:
        return _refused(fault)
    status = KNOWN if done["is_duplicate"] else CREATED
    return Response(
        json.dumps(done, ensure_ascii=False), status=status, content_type="application/json"
    )


def _row(told: PaymentIn) -> RepaymentRow:
    texts = told.model_dump(exclude={FEN}, exclude_none=True)
    return read_posted(texts, told.fen, today=calling().today)


def _refused(fault: RowFault | PaymentRefused) -> Response:
    words = translated(fault.message)
    told = {"field": fault.field, "code": fault.code, "message": words}
    status = MOVED if fault.code in CONFLICTS and isinstance(fault, PaymentRefused) else 400
    return problem(status, code=fault.code, words=words, faults=[told])
