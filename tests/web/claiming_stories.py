"""A walk through the pages of money for finance; one of the stories."""

from datetime import timedelta

from tests.support.clock import NOW
from tests.support.payments import make_payment, make_statement, running_plan

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
