"""Walks through the pages of money for finance; two of the stories."""

import io
from datetime import timedelta

from werkzeug.datastructures import FileStorage

from tests.factories import make_loan
from tests.support.clock import NOW
from tests.support.money import arrived
from tests.support.papers import located
from tests.support.payments import make_payment, make_statement, running_plan
from tests.support.signing import signed

LONG = "长" * 2_000
WORDS = "这个数要还很久，想和您一起再看看。"


def claiming_money(stage) -> None:
    """Money taken up, said wrong first, matched, undone, split, returned, kept; all of it read."""
    vault = stage.gateways.vault
    with stage.database.sessions() as session:
        plan, other = (
            running_plan(session, vault, name="田小麦", mobile=f"1900374800{number}")
            for number in (1, 2)
        )
        file = make_statement(session, faults=[(3, "金额", "amount", "金额写得不对")])
        sums = {"fen": 1_660_27}
        line = sums | {
            "payer": "田小麦",
            "remark": WORDS,
            "account_tail": "5512",
            "file_id": file.id,
        }
        payment = make_payment(session, vault, reason="same_name", line=3, **line).public_id
        old = NOW.date() - timedelta(days=5)
        lost = make_payment(
            session,
            vault,
            **sums,
            reverses_ref="LS-0",
            reason="reversal_unknown",
            arrived_on=old,
            paid_on=old,
        )
        numbers, back = (plan.number, other.number), lost.public_id
        desk = stage.desk(session, "claiming", "finance")
        colleague = stage.desk(session, "claimed", "finance")
    for place in ("", "?tab=old", "?tab=returned", "/all", f"/{back}", "/files"):
        desk.get(f"/finance/money{place}")
    desk.get("/finance/money/all?day=yesterday")
    desk.get(f"/finance/money/files/{file.public_id}")
    address = f"/finance/money/{payment}"
    page = desk.post_form(desk.get(address), _action="/owner")
    colleague.get(address)
    page = desk.post_form(page, _action="/match", _button="看附言")
    page = desk.post_form(page, _action="/match", _button="再加一份", choice="other")
    parts = {"choice": "other", "shares-0-to": "AH-1", "shares-0-fen": "x", "words": LONG}
    page = desk.post_form(page, _action="/match", _button="就这样记", **parts)
    parts = {"shares-0-to": numbers[0], "shares-0-fen": "1", "words": WORDS}
    page = desk.post_form(page, _action="/match", _button="就这样记", **parts)
    page = desk.post_form(page, _action="/match", _button="就这样记", **{"shares-0-fen": ""})
    page = desk.post_form(page, _action="/undo", **{"undo-words": LONG})
    page = desk.post_form(page, _action="/undo", **{"undo-words": WORDS})
    page = desk.post_form(page, _action="/return", **{"return-words": WORDS})
    desk.get("/finance/money?tab=returned")
    desk.post_form(page, _action="/keep", **{"keep-words": WORDS})


def showing_transfers(stage) -> None:
    """Pictures of transfers sent, refused, waiting; read, matched and answered by finance."""
    today = NOW.date()
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        number = signed(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        desk = stage.desk(session, "proving", "finance")
        arrived(session, fen=943_44, on=today)
        session.commit()
    address = f"/agreement/{number}/proof"
    phone.post_form(phone.get(address), _action=address, fen="0", on="soon")
    for fen in ("943.44", "1.00"):
        file = {"file": FileStorage(io.BytesIO(located()), "IMG_1.jpg")}
        given = {"fen": fen, "on": today.isoformat(), "consent": True}
        phone.post_form(phone.get(address), _action=address, _extra=file, **given)
    for ends, values in (
        ("/1", {}),
        ("/match", {}),
        ("/answer", {}),
        ("/1", {}),
        ("/answer", {"reason": "elsewhere"}),
    ):
        page = desk.get("/finance/proofs")
        forms = [one.get("action") or "" for one in page.page.iter("form")]
        desk.post_form(page, _action=next(one for one in forms if one.endswith(ends)), **values)
    phone.post_form(phone.get(address), _action="/take-back")
