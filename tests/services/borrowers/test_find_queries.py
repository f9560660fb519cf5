"""What a search means: how it is read, by what it was found, and the one page it leads to."""

import pytest
from sqlalchemy import event, select
from sqlalchemy import text as sql

from app.models import CallbackRequest, Plan, Thread
from app.services.borrowers.find_queries import Lead, found_by, kind_of, normalised
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.callbacks import ask_callback
from tests.support.threads import write

OTHER_ID = "990101197811035737"


@pytest.fixture
def find(session, vault):
    return lambda text: found_by(session, acting(vault=vault), text=normalised(text))


@pytest.mark.parametrize(
    ("typed", "text", "kind"),
    [
        (" 190 0374 0000 ", "19003740000", "mobile"),
        ("+86-190-0374-0000", "19003740000", "mobile"),
        ("１９００３７４００００", "19003740000", "mobile"),
        ("1900374000", "1900374000", "number"),  # a digit short
        ("29003740000", "29003740000", "number"),
        ("99010119890114096x", "99010119890114096X", "id"),
        ("990101198901140965", "990101198901140965", "id"),
        ("096x", "096x", "last_four"),
        ("罗 涵敏", "罗涵敏", "name"),
        ("ah-00318-1", "ah-00318-1", "our_number"),
        ("HD-00012", "HD-00012", "our_number"),
        ("jj26 1700", "jj261700", "number"),  # the lender's own numbers keep their letters
        ("", "", "number"),
    ],
)
def test_what_is_typed_is_read_as_people_write_it(typed, text, kind):
    assert normalised(typed) == text
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("19003740000", "mobile"),
        ("990101198901140965", "id"),
        ("0000", "last_four"),
        ("0965", "last_four"),
        ("罗涵敏", "name"),
        ("C17000001", "customer"),
        ("C17000002", "customer"),
    ],
)
def test_who_is_meant_is_led_to(session, vault, find, text, by):
    person = make_borrower(session, vault, customer_no="C17000001")
    make_loan(session, person, customer_no="C17000002")
    make_loan(session, make_borrower(session, vault, mobile="19000001111", id_number=OTHER_ID))
    make_borrower(session, vault, name="姜浩", mobile="19000001111", id_number=OTHER_ID)
    if text == "罗涵敏":
        assert (find(text).by, find(text).lead, len(find(text).rows)) == ("name", None, 2)
        return
    assert (find(text).by, find(text).lead) == (by, Lead("borrower", person.public_id))


@pytest.mark.parametrize("text", ["JJ26170000001", "JJ2617", "000001", "0000001"])
def test_a_reference_leads_to_its_loan(session, borrower, find, text):
    loan = make_loan(session, borrower, ref="JJ26170000001")
    make_loan(session, borrower, ref="JJ26180000002")
    assert (find(text).by, find(text).lead) == ("reference", Lead("loan", loan.public_id))


def test_a_whole_reference_is_that_loan_also_where_others_begin_or_end_with_it(
    session, borrower, find
):
    loan = make_loan(session, borrower, ref="261700001")
    make_loan(session, borrower, ref="2617000019")
    make_loan(session, borrower, ref="JJ261700001")
    assert find("261700001").lead == Lead("loan", loan.public_id)


def test_several_loans_of_one_person_are_that_person_and_of_two_are_a_list(
    session, vault, borrower, find
):
    for number in range(2):
        make_loan(session, borrower, ref=f"JJ2617000000{number}")
    assert find("JJ2617").lead == Lead("borrower", borrower.public_id)
    other = make_borrower(session, vault, mobile="19000000001", id_number=OTHER_ID)
    make_loan(session, other, ref="JJ26170000009")
    assert (find("JJ2617").lead, len(find("JJ2617").rows)) == (None, 2)


@pytest.mark.parametrize("text", ["JJ261", "00001", "JJ2617_", "jj2617", "%00001", "26170"])
def test_a_part_from_the_middle_or_too_short_is_nothing(session, borrower, find, text):
    make_loan(session, borrower, ref="JJ26170000001")
    assert (find(text).rows, find(text).lead) == ((), None)


def test_a_plan_and_its_agreement_lead_to_the_case(session, borrower, find):
    version = make_plan(session, make_loan(session, borrower), state="signed")
    agreement = make_agreement(session, version)
    for number in (session.get_one(Plan, version.plan_id).number, agreement.number.lower()):
        assert (find(number).by, find(number).lead) == (
            "our_number",
            Lead("case", version.public_id),
        )


def test_a_plan_that_was_never_handed_in_leads_to_its_borrower(session, borrower, find):
    version = make_plan(session, make_loan(session, borrower), submitted_at=None)
    number = session.get_one(Plan, version.plan_id).number
    assert find(number).lead == Lead("borrower", borrower.public_id)


@pytest.mark.parametrize(("about", "prefix"), [("figure_wrong", "ZX-"), ("charges", "TS-")])
def test_a_message_leads_to_its_thread(session, vault, borrower, find, about, prefix):
    public_id = write(session, vault, borrower, about=about)
    number = session.scalars(select(Thread.number)).one()
    assert number.startswith(prefix)
    assert find(number.lower()).lead == Lead("thread", public_id)


@pytest.mark.parametrize("is_known", [True, False])
def test_a_callback_is_led_to_also_of_nobody_we_know(session, vault, borrower, find, is_known):
    who = borrower.id if is_known else None
    public_id = ask_callback(session, vault, borrower_id=who)
    found = find(session.scalars(select(CallbackRequest.number)).one())
    assert (found.by, found.lead) == ("our_number", Lead("callback", public_id))
    assert len(found.rows) == is_known


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("text", "index"), [("JJ2617", "uq_loans_ref"), ("000001", "ix_loans_ref_end")]
)
def test_a_part_of_a_reference_is_found_by_an_index_whatever_the_language(
    session, borrower, find, text, index
):
    make_loan(session, borrower, ref="JJ26170000001")
    asked = []

    def note(_connection, cursor, statement, parameters, *_):
        if "FROM loans" in statement:
            asked.append((statement, parameters))

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    find(text)
    event.remove(engine, "before_cursor_execute", note)
    session.execute(sql("SET LOCAL enable_seqscan = off"))
    connection = session.connection()
    plans = [connection.exec_driver_sql(f"EXPLAIN {one}", given).all() for one, given in asked]
    conditions = [
        row[0] for plan in plans if index in str(plan) for row in plan if "Index Cond" in row[0]
    ]
    assert [one for one in conditions if ">=" in one or "ref_end" in one], plans
