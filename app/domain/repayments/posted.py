"""One payment as another system tells it, by names instead of headings; read like a line."""

from collections.abc import Mapping
from datetime import date

from app.domain.nightly_fields import RowFault, clean, clean_words
from app.domain.repayments.row import (
    AMOUNT,
    AMOUNT_IN_YUAN,
    ARRIVED,
    CHANNEL,
    CHANNEL_REF,
    LOAN,
    PAID,
    PAYER,
    REMARK,
    REVERSES,
    TEXTS,
    RepaymentRow,
    read_repayment,
)
from app.domain.texts import N_

FEN = "fen"
# By which name each column of the file is told.
COLUMN_OF = {
    "channel_ref": CHANNEL_REF,
    "channel": CHANNEL,
    "loan_ref": LOAN,
    "remark": REMARK,
    "paid_on": PAID,
    "arrived_on": ARRIVED,
    "payer": PAYER,
    "reverses": REVERSES,
}
FIELD_OF = {column: name for name, column in COLUMN_OF.items()} | {
    AMOUNT: FEN,
    AMOUNT_IN_YUAN: FEN,
}
FEN_A_YUAN = 100
WHOSE = N_("loan_ref 和 remark 至少写一个，不然看不出是谁的钱")


def read_posted(told: Mapping[str, str], fen: int, *, today: date) -> RepaymentRow:
    """Read one payment: what is told by name, absent where it is not, and its amount.

    Units:  fen, above zero, of a reversal too.
    Raises: RowFault, its field the name and not the heading.
    Source: ADR 0087; rules part 1, payments are facts with three dates.
    """
    cells = {
        COLUMN_OF[name]: (clean_words if COLUMN_OF[name] in TEXTS else clean)(text)
        for name, text in told.items()
    }
    if not any(cells.get(name) for name in (LOAN, REMARK, REVERSES)):
        raise RowFault("loan_ref", "required", WHOSE)
    yuan, odd = divmod(fen, FEN_A_YUAN)
    try:
        return read_repayment({**cells, AMOUNT_IN_YUAN: f"{yuan}.{odd:02d}"}, today=today)
    except RowFault as fault:
        raise RowFault(FIELD_OF.get(fault.field, ""), fault.code, fault.message) from None
