"""The way from a borrower's page at the desk to every case and thread."""

from app.services.borrowers import lookup as borrower_lookup
from app.services.core.context import Actor
from tests.factories import make_loan, make_plan
from tests.support.acting import acting
from tests.support.threads import write

AGENT = Actor(who="staff:abc", from_where="127.0.0.1")


def test_the_desk_is_led_to_every_case_and_thread_of_a_borrower(session, vault, borrower):
    loan = make_loan(session, borrower)
    versions = [make_plan(session, loan, state=state) for state in ("withdrawn", "refused")]
    thread = write(session, vault, borrower)
    desk = borrower_lookup.open_borrower(
        session, acting(actor=AGENT, vault=vault), public_id=borrower.public_id
    )
    assert [(one.public_id, one.state) for one in desk.cases] == [
        (versions[1].public_id, "没有通过"),
        (versions[0].public_id, "本人撤回"),
    ]
    assert [(one.public_id, one.state) for one in desk.threads] == [(thread, "等我们回")]
