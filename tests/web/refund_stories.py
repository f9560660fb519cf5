"""Walks through refunds, and the close of a month; two of the stories."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.calendar import BEIJING
from app.domain.keeping.standing import standing
from app.models import Certificate
from app.services.core.transaction import transaction
from app.services.upholding.following import follow
from tests.support.acting import acting
from tests.support.certificates import account_of, signed_of
from tests.support.money import paid, plan_of
from tests.support.payments import make_payment

LONG = "长" * 2_000
WORDS = "这个数要还很久，想和您一起再看看。"


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
    # The month before waits for its second person.
    page = desk.post_form(desk.get("/finance/months"), _action="/close")
    desk.post_form(page, _action="/freeze")
    desk.post_form(page, _action="/freeze")
    page = other.get("/finance/months")
    other.post_form(page, _action="/close")
    other.get(f"/finance/months/{month}.csv")
    stage.clock.advance(seconds=-after.total_seconds())
