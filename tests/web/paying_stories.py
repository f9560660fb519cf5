"""A walk through the pages of paying here; one of the stories."""

from app.services.paying.asking import ask_silent
from tests.factories import make_borrower, make_loan
from tests.support.acting import acting
from tests.support.certificates import signed_of
from tests.support.people import sign_in_as

LONG = "9" * 2_000


def paying(stage) -> None:
    """A sum mistyped, chosen, paid at the cashier in every way, told late, expired; a loan without
    a plan; nothing to pay.
    """
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        number = signed_of(session, stage.gateways.vault, stage.site, borrower=borrower)
        loan = make_loan(session, borrower)
        session.commit()
        free = make_borrower(
            session,
            stage.gateways.vault,
            name="方宁",
            mobile="19003749911",
            id_number="990101198901141789",
        )
        nobody = sign_in_as(stage.app.test_client(), session, free, now=stage.clock.now())
        places = (f"/agreement/{number}/pay", f"/loan/{loan.public_id}/pay")
    phone.get("/pay")
    nobody.get("/pay")
    for place in places:
        page = phone.post_form(phone.get(place), amount="own", own=LONG, way="local")
        page = phone.post_form(page, amount="own", own="", way="nothing")
        phone.post_form(page, amount="own", own="12", way="transfer")
    for own, act in enumerate(("pay", "pay_twice", "pay_silently", "fail", "time_out"), 20):
        _paid(phone, places[0], str(own), act)
    _paid(phone, places[1], "9.99", "pay")
    page = phone.post_form(phone.get(places[0]), amount="own", own="77", way="local")
    with stage.database.sessions() as session:
        later = stage.clock.now().replace(hour=23)
        ask_silent(session, acting(now=later, gateways=stage.gateways, site=stage.site), limit=99)
    phone.get(page.request.path)
    _paid(phone, places[0], "", "pay", amount="all")
    phone.get(places[0])


def _paid(phone, place, own, act, amount="own") -> None:
    page = phone.get(place)
    if amount != "own":
        inputs = (
            one.get("value") for one in page.page.iter("input") if one.get("name") == "amount"
        )
        amount = next(one for one in inputs if one.startswith(amount))
    page = phone.post_form(page, amount=amount, own=own, way="local")
    address = page.request.path
    cashier = phone.follow(page, "用本地收银台付")
    phone.post_form(cashier, act=act)
    page = phone.get(address)
    if "付好了，看看到没到" in page.page.text():
        phone.post_form(page, _action="/ask")
    if act == "pay_silently":
        phone.post_form(phone.get(cashier.request.path), act="late")
