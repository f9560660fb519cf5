"""The nightly file from its rows to the tables, on both databases."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.nightly_row import COLUMNS
from app.integrations.sheets.csv_book import CsvBook
from app.models import AuditEntry, Borrower, Loan, LoanSnapshot, NightlyFault, NightlyFile, Plan
from app.services.nightly.importing import (
    FutureFile,
    HeaderRefused,
    NoDate,
    OlderFile,
    OtherImport,
)
from tests.factories import make_plan
from tests.support.books import AS_OF, CASES, ListBook, good_cells, id_number
from tests.support.example_book import EXAMPLE, EXPECTED

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
NEXT = AS_OF + timedelta(days=1)


def _codes(report):
    return [(one.line, one.code) for one in report.rejected]


def test_the_example_comes_out_as_expected_to_the_letter(take_in, session):
    report = take_in(book=CsvBook(EXAMPLE))
    assert (report.rows, report.accepted, report.unchanged) == (
        EXPECTED["rows"],
        EXPECTED["accepted"],
        0,
    )
    assert report.as_of_on.isoformat() == EXPECTED["as_of"]
    told = [{"line": one.line, "fault": one.code, "ref": one.ref} for one in report.rejected]
    assert told == EXPECTED["rejected"]
    assert [one._asdict() for one in report.discrepancies] == EXPECTED["discrepancies"]
    assert report.totals_fen == EXPECTED["totals_fen"]
    excess = {one["ref"] for one in EXPECTED["loans"] if one["over_ceiling"]}
    assert report.over_ceiling == len(excess)
    assert set(session.scalars(select(Loan.ref).where(Loan.over_ceiling))) == excess
    different = {one["ref"] for one in EXPECTED["discrepancies"]}
    assert set(session.scalars(select(Loan.ref).where(Loan.difference))) == different
    assert len(set(session.scalars(select(Loan.ref)))) == EXPECTED["accepted"]
    for code, buckets in (("M0", 0), ("M1", 1)):
        within = LoanSnapshot.days_past_due.between(
            30 * buckets - 29 if buckets else 0, 30 * buckets
        )
        assert (
            len(session.scalars(select(LoanSnapshot.id).where(within)).all())
            == EXPECTED["dpd_buckets"][code]
        )
    assert len(session.scalars(select(Borrower.id)).all()) == EXPECTED["borrowers"]


@pytest.mark.parametrize(("ref", "end"), [("JJ26170000001", "000001"), ("J17", "J17")])
def test_a_loan_is_stored_with_the_end_of_its_reference(take_in, session, ref, end):
    take_in(good_cells(1) | {"借据号": ref})
    assert session.execute(select(Loan.ref, Loan.ref_end)).all() == [(ref, end)]


def test_the_example_again_changes_nothing(take_in, session, count):
    take_in(book=CsvBook(EXAMPLE))
    before = [
        count(model)
        for model in (Borrower, Loan, LoanSnapshot, NightlyFile, NightlyFault, AuditEntry)
    ]
    snapshots = set(session.scalars(select(LoanSnapshot.id)))
    again = take_in(book=CsvBook(EXAMPLE))
    assert (again.state, again.accepted, again.unchanged) == (
        "unchanged",
        EXPECTED["accepted"],
        EXPECTED["accepted"],
    )
    assert [one.code for one in again.rejected] == [one["fault"] for one in EXPECTED["rejected"]]
    assert before == [
        count(model)
        for model in (Borrower, Loan, LoanSnapshot, NightlyFile, NightlyFault, AuditEntry)
    ]
    assert snapshots == set(session.scalars(select(LoanSnapshot.id)))


def test_equal_numbers_of_two_kinds_of_papers_are_two_people(take_in, session, vault):
    """A permit and a passport of eight digits; each is found by its last four."""
    paper = {"证件号码": "12345678"}
    take_in(
        good_cells(1) | {"证件类型": "护照"} | paper,
        good_cells(2) | {"证件类型": "台胞证"} | paper,
        good_cells(3) | {"证件类型": "台湾居民来往大陆通行证"} | paper | {"姓名": "罗涵敏"},
    )
    people = session.scalars(select(Borrower).order_by(Borrower.id)).all()
    opened = [
        vault.unseal(one.id_enc, table="borrowers", row=one.public_id, column="id")
        for one in people
    ]
    assert sorted(set(opened)) == ["passport:12345678", "taiwan_permit:12345678"]
    assert {one.id_last4_hmac for one in people} == {vault.fingerprint("5678", purpose="id_last4")}


def test_personal_data_is_stored_sealed_and_findable(take_in, session, vault):
    take_in(good_cells(7))
    found = session.scalars(select(Borrower)).one()
    row = found.public_id
    assert vault.unseal(found.name_enc, table="borrowers", row=row, column="name") == "罗涵敏"
    assert (
        vault.unseal(found.mobile_enc, table="borrowers", row=row, column="mobile") == "19000000007"
    )
    assert vault.unseal(found.id_enc, table="borrowers", row=row, column="id") == id_number(7)
    assert found.mobile_hmac == vault.fingerprint("19000000007", purpose="mobile")
    assert found.mobile_last4_hmac == vault.fingerprint("0007", purpose="mobile_last4")
    assert found.id_last4_hmac == vault.fingerprint(id_number(7)[-4:], purpose="id_last4")
    assert (found.language, found.size_mode, found.key_version) == (
        "zh-Hans",
        "normal",
        vault.key_version,
    )


def test_a_loan_is_stored_with_its_terms_and_the_files_figures(take_in, session, loan):
    take_in(good_cells(1, differences={"penalty": 137}, 部门="三部", 空的=""), book=None)
    stored = loan(1)
    assert (stored.principal_fen, stored.annual_ppm, stored.uplift_ppm) == (
        1_200_100,
        156_000,
        500_000,
    )
    assert (stored.method, stored.periods, stored.paid, stored.due_day) == (
        "equal_instalment",
        24,
        8,
        18,
    )
    assert (stored.start_on, stored.last_due_on, stored.as_of_on) == (
        date(2026, 1, 18),
        date(2028, 1, 18),
        AS_OF,
    )
    assert stored.difference
    assert not stored.disputed
    snapshot = session.scalars(select(LoanSnapshot)).one()
    assert snapshot.differences == {"penalty": 137}
    assert (snapshot.days_past_due, snapshot.overdue_since_on) == (33, date(2026, 10, 18))


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        (tuple(one for one in COLUMNS if one not in ("借据号", "剩余本金")), "借据号、剩余本金"),
        ((*COLUMNS, "借据号"), "重复"),
    ],
)
def test_a_faulty_header_refuses_the_file_whole_and_says_why(
    take_in, session, count, headers, told
):
    with pytest.raises(HeaderRefused, match=told) as refusal:
        take_in(book=ListBook([good_cells(1)], headers=headers))
    assert refusal.value.code == "header"
    assert count(Loan) == 0
    kept = session.scalars(select(NightlyFile)).one()
    assert (kept.state, kept.rows) == ("refused", 0)
    assert told in kept.reason
    with pytest.raises(HeaderRefused):
        take_in(book=ListBook([good_cells(1)], headers=headers))
    assert count(NightlyFile) == 1


def test_an_older_file_is_refused_whole(take_in, loan, session):
    take_in(good_cells(1, as_of=NEXT))
    with pytest.raises(OlderFile) as refusal:
        take_in(good_cells(1, paid=2))
    assert refusal.value.code == "older_file"
    assert loan(1).as_of_on == NEXT
    assert "refused" in set(session.scalars(select(NightlyFile.state)))


def test_a_file_of_a_day_that_has_not_come_is_refused_whole(take_in, loan, session):
    """A slip of the year would else make every file until that day an older one."""
    case = CASES / "future-file"
    today = datetime(2026, 11, 26, 18, tzinfo=UTC)
    take_in(book=CsvBook(case / "good.csv"), now=today)
    with pytest.raises(FutureFile) as refusal:
        take_in(book=CsvBook(case / "future.csv"), now=today)
    assert refusal.value.code == "future_file"
    assert loan(1).as_of_on == date(2026, 11, 26)
    assert take_in(book=CsvBook(case / "next.csv"), now=today).state == "applied"
    assert loan(1).as_of_on == date(2026, 11, 27)
    kept = session.scalars(select(NightlyFile).where(NightlyFile.state == "refused")).one()
    assert "2027-11-27" in kept.reason


def test_the_day_is_that_of_beijing_also_where_it_was_asked_for(take_in):
    """At six in the evening UTC the next day has begun."""
    evening = datetime(2026, 11, 20, 18, tzinfo=UTC)
    with pytest.raises(FutureFile):
        take_in(good_cells(1, as_of=date(2026, 11, 22)), now=evening)
    with pytest.raises(FutureFile):
        take_in(good_cells(1), as_of=date(2026, 11, 22), now=evening)
    assert take_in(good_cells(1, as_of=date(2026, 11, 21)), now=evening).state == "applied"


def test_a_maturity_off_the_schedule_rejects_the_row(take_in, count):
    report = take_in(good_cells(1, 到期日期="2028-02-18"), good_cells(2))
    assert [(one.line, one.field, one.code) for one in report.rejected] == [
        (2, "到期日期", "maturity")
    ]
    assert count(Loan) == 1


@pytest.mark.parametrize(
    ("state", "is_taken"),
    [("active", True), ("completed", True), ("broken", True), ("proposed", False)],
)
def test_once_a_plan_was_signed_another_maturity_is_a_difference(
    take_in, loan, session, state, is_taken
):
    take_in(good_cells(1))
    make_plan(session, loan(1), state="signed")
    session.execute(update(Plan).values(state=state))
    session.commit()
    report = take_in(good_cells(1, as_of=NEXT, 到期日期="2028-02-18"))
    assert (report.accepted == 1, loan(1).difference) == (is_taken, is_taken)
    assert loan(1).last_due_on == (date(2028, 2, 18) if is_taken else date(2028, 1, 18))


def test_the_date_asked_for_goes_before_the_files_own(take_in):
    report = take_in(good_cells(1), good_cells(2, as_of=NEXT), as_of=NEXT)
    assert report.as_of_on == NEXT
    assert _codes(report) == [(2, "date")]


def test_a_file_that_tells_no_day_is_refused(take_in):
    with pytest.raises(NoDate):
        take_in(good_cells(1, 数据日期="昨天"))
    with pytest.raises(NoDate):
        take_in(book=ListBook([]))


def test_where_more_than_one_in_ten_would_vanish_the_file_waits_for_a_person(
    take_in, loan, session, count
):
    take_in(*(good_cells(number) for number in range(1, 20)))
    rest = [good_cells(number, as_of=NEXT) for number in range(3, 20)] + [
        good_cells(77, as_of=NEXT, 手机号码="1")
    ]
    report = take_in(*rest)
    assert (report.state, report.vanished) == ("waiting", 2)
    assert (loan(1).missing_since_on, loan(5).as_of_on) == (None, AS_OF)
    waiting = session.scalars(select(NightlyFile).where(NightlyFile.state == "waiting")).one()
    assert session.scalars(select(NightlyFault.file_id)).all() == [waiting.id]
    assert take_in(*rest).state == "waiting"
    assert count(NightlyFile) == 2
    assert take_in(*rest, is_vanishing_confirmed=True).state == "applied"
    assert loan(1).missing_since_on == NEXT
    session.expire_all()
    assert set(session.scalars(select(NightlyFile.state))) == {"applied", "superseded"}


def test_every_change_leaves_one_audit_entry_without_personal_data(take_in, session):
    take_in(good_cells(1), good_cells(2, 手机号码="1"))
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.object_kind, entry.actor) == (
        "nightly_file.applied",
        "nightly_file",
        "cli:import-book",
    )
    assert (entry.after["accepted"], entry.after["rejected"]) == (1, 1)
    assert "罗涵敏" not in json.dumps(entry.after, ensure_ascii=False)


def test_an_import_that_finished_meanwhile_stops_this_one(take_in, session, vault):
    class Slow(ListBook):
        def lines(self):
            yield from super().lines()
            if not session.scalar(select(func.count()).select_from(NightlyFile)):
                session.add(
                    NightlyFile(
                        name="other",
                        as_of_on=AS_OF,
                        sha256="1" * 64,
                        state="applied",
                        rows=0,
                        accepted=0,
                        unchanged=0,
                        rejected=0,
                        vanished=0,
                        discrepancies=0,
                        over_ceiling=0,
                        totals={},
                        received_at=NOW,
                        received_by="cli:import-book",
                    )
                )
                session.commit()

    with pytest.raises(OtherImport):
        take_in(book=Slow([good_cells(1)]))
