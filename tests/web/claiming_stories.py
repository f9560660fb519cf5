"""A walk through the pages of money for finance; one of the stories."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.domain.keeping.standing import standing
from app.models import Certificate
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from tests.support.acting import acting
from tests.support.certificates import account_of, signed_of
from tests.support.clock import NOW
from tests.support.money import paid, plan_of
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


def refunding(stage) -> None:
    """What goes back: asked for by one person, paid by another, sent back by the bank, dropped;
    what a borrower paid too much, with the account they name.
    """
    vault, site = stage.gateways.vault, stage.site
    day = stage.clock.now().astimezone(BEIJING).date()
    with stage.database.sessions() as session:
        payment = make_payment(session, vault, state="returned", fen=500).public_id
        borrower, phone = stage.borrower(session)
        number = signed_of(session, vault, site, "reamortise", borrower=borrower)
        over = standing(account_of(session, number), day).payoff_fen + 900
        paid(session, number, fen=over, on=day)
        plan = plan_of(session, number)
        context = acting(now=stage.clock.now(), vault=vault, site=site)
        with transaction(session):
            follow(session, context, plan_ids=[plan.id])
        certificates = select(Certificate.public_id).where(Certificate.plan_id == plan.id)
        certificate, plan_number = session.scalars(certificates).one(), plan.number
        asks = stage.desk(session, "refunding", "finance")
        pays = stage.desk(session, "refunded", "finance")
    typed = {"holder": "罗涵敏", "number": "6225 8802 1234 5678", "bank": "招商银行"}
    phone.get(f"/certificate/{certificate}")
    page = phone.get(f"/certificate/{certificate}/refund")
    page = phone.post_form(page, **(typed | {"number": "1"}))
    phone.post_form(page, **typed)
    phone.get(f"/certificate/{certificate}")
    asks.get("/finance/refunds")
    asks.get("/finance/dues")
    asks.get("/finance/dues?month=x&by=year&product=x")
    page = asks.post_form(asks.get(f"/finance/refunds/plan/{plan_number}"))
    phone.get(f"/certificate/{certificate}")
    back = {"words": WORDS, **typed}
    page = asks.get(f"/finance/refunds/payment/{payment}")
    page = asks.post_form(page, **(back | {"words": LONG}))
    page = asks.post_form(page, **back)
    asks.get(f"/finance/refunds/payment/{payment}")
    asks.get(f"/finance/money/{payment}")
    address = page.request.path
    pays.get("/finance/refunds?tab=asked")
    out = {"pay-channel": "招行", "pay-channel_ref": "T-1", "pay-paid_on": "x"}
    page = pays.post_form(pays.get(address), _action="/pay", **out)
    page = pays.post_form(page, _action="/pay", **(out | {"pay-paid_on": day.isoformat()}))
    page = pays.post_form(page, _action="/account")
    back = {"bounce-bounced_on": day.isoformat(), "bounce-words": WORDS}
    pays.post_form(pays.get(address), _action="/bounce", **back)
    pays.get("/finance/refunds?tab=done")


def closing_a_month(stage) -> None:
    """A month looked at too early, frozen, closed by another, its report taken."""
    after = timedelta(days=30)
    month = stage.clock.now().astimezone(BEIJING).date().isoformat()[:7]
    with stage.database.sessions() as session:
        make_payment(session, stage.gateways.vault, fen=500)
        desk = stage.desk(session, "freezing", "finance")
    desk.get("/finance/reconcile")
    page = desk.get("/finance/months")
    stage.clock.advance(seconds=after.total_seconds())
    with stage.database.sessions() as session:
        desk = stage.desk(session, "freezing-later", "finance")
        other = stage.desk(session, "closing", "finance")
    page = desk.get("/finance/months")
    desk.post_form(page, _action="/freeze")
    desk.post_form(page, _action="/freeze")
    page = other.get("/finance/months")
    other.post_form(page, _action="/close")
    other.get(f"/finance/months/{month}.csv")
    stage.clock.advance(seconds=-after.total_seconds())
