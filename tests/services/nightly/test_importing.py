"""The nightly file from its rows to the tables, on both databases."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.nightly_row import COLUMNS
from app.integrations.sheets.csv_book import CsvBook
from app.models import AuditEntry, Borrower, Loan, LoanSnapshot, NightlyFault, NightlyFile
from app.services.core.context import Actor
from app.services.nightly.importing import (
    HeaderRefused,
    NoDate,
    OlderFile,
    OtherImport,
    import_book,
)
from tests.support.acting import acting
from tests.support.books import AS_OF, ListBook, good_cells, id_number
from tests.support.example_book import EXAMPLE, EXPECTED

NOW = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
NEXT = AS_OF + timedelta(days=1)


@pytest.fixture
def take_in(session, vault):
    def take(*rows, book=None, **options):
        book = book or ListBook(list(rows))
        return import_book(
            session,
            acting(now=NOW, actor=Actor("cli:import-book"), vault=vault),
            book=book,
            **options,
        )

    return take


@pytest.fixture
def count(session):
    return lambda model: session.scalar(select(func.count()).select_from(model))


@pytest.fixture
def loan(session):
    def find(number=1):
        session.expire_all()
        return session.scalars(select(Loan).where(Loan.ref == f"JJ1{number:07d}")).one_or_none()

    return find


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


def test_unchanged_is_found_by_looking_not_by_a_remembered_hash(take_in, session, loan):
    take_in(good_cells(1), good_cells(2))
    loan(1).paid = 3
    session.commit()
    report = take_in(good_cells(1), good_cells(2))
    assert (report.state, report.unchanged) == ("applied", 1)
    assert loan(1).paid == 8


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


def test_unknown_columns_are_kept_beside_the_figures(take_in, session):
    headers = (*reversed(COLUMNS), "部门", "空的")
    book = ListBook([good_cells(1) | {"部门": "三部", "空的": ""}], headers=headers)
    assert take_in(book=book).accepted == 1
    assert session.scalars(select(LoanSnapshot)).one().extra == {"部门": "三部"}
    assert take_in(book=book).state == "unchanged"


def test_full_width_brackets_and_blanks_in_headers_do_not_matter(take_in):
    headers = tuple("放款金额（元） " if one == "放款金额(元)" else one for one in COLUMNS)
    row = good_cells(1)
    row["放款金额（元） "] = row["放款金额(元)"]
    assert take_in(book=ListBook([row], headers=headers)).accepted == 1


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


def test_the_remark_may_be_missing(take_in):
    headers = tuple(one for one in COLUMNS if one != "备注")
    assert take_in(book=ListBook([good_cells(1)], headers=headers)).accepted == 1


def test_rows_with_too_few_or_too_many_cells_are_rejected(take_in):
    book = ListBook([good_cells(1), good_cells(2), good_cells(3)])
    lines = list(book.lines())
    lines[0] = lines[0]._replace(cells=lines[0].cells[:20])
    lines[1] = lines[1]._replace(cells=[*lines[1].cells, "", "100.00"])
    lines[2] = lines[2]._replace(cells=[*lines[2].cells, "", ""])
    book.lines = lambda: iter(lines)
    assert _codes(take_in(book=book)) == [(2, "columns"), (3, "columns")]


def test_a_row_cut_off_does_not_make_its_loan_vanish(take_in, loan):
    take_in(*(good_cells(number) for number in range(1, 13)))
    book = ListBook([good_cells(number) for number in range(1, 13)])
    lines = list(book.lines())
    lines[-1] = lines[-1]._replace(cells=lines[-1].cells[:20])
    book.lines = lambda: iter(lines)
    report = take_in(book=book)
    assert [(one.ref, one.code) for one in report.rejected] == [("JJ10000012", "columns")]
    assert (report.vanished, loan(12).missing_since_on) == (0, None)


def test_a_file_of_a_year_far_from_ours_has_no_date(take_in):
    with pytest.raises(NoDate):
        take_in(good_cells(1, 放款日期="9990-01-18", 到期日期="9999-01-18", 数据日期="9990-02-20"))


def test_a_nul_in_a_number_rejects_its_row_alone(take_in):
    headers = (*COLUMNS, "部\0门")
    rows = [good_cells(number) | {"部\0门": "三\0部"} for number in (1, 2, 3)]
    rows[0]["客户编号"] += "\0"
    rows[1]["借据号"] += "\0"
    rows[2]["备注"] = "打过\0电话"
    report = take_in(book=ListBook(rows, headers=headers))
    assert _codes(report) == [(2, "text"), (3, "text")]
    assert (report.accepted, [one.ref for one in report.rejected]) == (1, ["JJ10000001", ""])


def test_of_two_rows_with_one_loan_number_the_first_good_one_stands(take_in, loan):
    bad = good_cells(1, 手机号码="12345", 产品名称="坏行")
    first, second = good_cells(1, 产品名称="第一"), good_cells(1, 产品名称="第二", 手机号码="1")
    report = take_in(bad, first, second)
    assert _codes(report) == [(2, "mobile"), (4, "duplicate_ref")]
    assert loan(1).product == "第一"


def test_one_customer_number_with_two_ids_is_a_conflict_in_the_file_and_against_what_is_stored(
    take_in, count
):
    same = {"客户编号": "C10000001"}
    report = take_in(
        good_cells(1), good_cells(2, **same), good_cells(3, 证件号码=id_number(1), **same)
    )
    assert _codes(report) == [(3, "customer_conflict")]
    later = good_cells(4, as_of=NEXT, **same)
    report = take_in(
        good_cells(1, as_of=NEXT), good_cells(3, as_of=NEXT, 证件号码=id_number(1), **same), later
    )
    assert _codes(report) == [(4, "customer_conflict")]
    assert count(Borrower) == 1


def test_one_mobile_may_belong_to_several_people(take_in, count):
    assert take_in(good_cells(1), good_cells(2, 手机号码="19000000001")).accepted == 2
    assert count(Borrower) == 2


def test_a_newer_file_updates_and_keeps_the_older_figures(take_in, session, loan, count, vault):
    take_in(good_cells(1), good_cells(2))
    marked = loan(1)
    marked.disputed = marked.legal_review = True
    session.commit()
    changed = good_cells(1, as_of=NEXT, paid=9, 手机号码="19112345678", 姓名="罗敏")
    report = take_in(changed, good_cells(2, as_of=NEXT))
    assert (report.state, report.unchanged) == ("applied", 0)
    stored = loan(1)
    assert (stored.paid, stored.as_of_on, stored.disputed, stored.legal_review) == (
        9,
        NEXT,
        True,
        True,
    )
    assert count(LoanSnapshot) == 4
    person = session.scalars(select(Borrower).where(Borrower.customer_no == "C10000001")).one()
    assert person.mobile_hmac == vault.fingerprint("19112345678", purpose="mobile")
    assert (
        vault.unseal(person.name_enc, table="borrowers", row=person.public_id, column="name")
        == "罗敏"
    )


def test_a_corrected_file_of_the_same_day_replaces_only_what_differs(take_in, session, loan, count):
    take_in(good_cells(1), good_cells(2))
    kept = session.scalar(select(LoanSnapshot.id).where(LoanSnapshot.loan_id == loan(2).id))
    report = take_in(good_cells(1, differences={"interest": 3}), good_cells(2))
    assert report.unchanged == 1
    assert count(LoanSnapshot) == 2
    assert session.scalar(select(LoanSnapshot.id).where(LoanSnapshot.loan_id == loan(2).id)) == kept
    assert loan(1).difference


def test_a_loan_may_pass_to_another_customer(take_in, loan, session):
    take_in(good_cells(1), good_cells(2))
    moved = good_cells(2) | {
        key: good_cells(1)[key] for key in ("客户编号", "证件号码", "手机号码")
    }
    take_in(good_cells(1), moved)
    assert loan(2).borrower_id == loan(1).borrower_id


def test_an_older_file_is_refused_whole(take_in, loan, session):
    take_in(good_cells(1, as_of=NEXT))
    with pytest.raises(OlderFile) as refusal:
        take_in(good_cells(1, paid=2))
    assert refusal.value.code == "older_file"
    assert loan(1).as_of_on == NEXT
    assert "refused" in set(session.scalars(select(NightlyFile.state)))


def test_a_row_of_another_day_is_rejected_and_most_rows_say_the_day(take_in):
    report = take_in(good_cells(3, as_of=NEXT), good_cells(1), good_cells(2))
    assert report.as_of_on == AS_OF
    assert _codes(report) == [(2, "date")]


def test_the_date_asked_for_goes_before_the_files_own(take_in):
    report = take_in(good_cells(1), good_cells(2, as_of=NEXT), as_of=NEXT)
    assert report.as_of_on == NEXT
    assert _codes(report) == [(2, "date")]


def test_a_file_that_tells_no_day_is_refused(take_in):
    with pytest.raises(NoDate):
        take_in(good_cells(1, 数据日期="昨天"))
    with pytest.raises(NoDate):
        take_in(book=ListBook([]))


def test_a_loan_that_vanishes_is_marked_and_cleared_when_it_is_back(take_in, loan):
    everyone = range(1, 12)
    take_in(*(good_cells(number) for number in everyone))
    report = take_in(*(good_cells(number, as_of=NEXT) for number in everyone if number != 4))
    assert (report.state, report.vanished) == ("applied", 1)
    assert (loan(4).missing_since_on, loan(4).as_of_on) == (NEXT, AS_OF)
    later = NEXT + timedelta(days=1)
    assert (
        take_in(*(good_cells(number, as_of=later) for number in everyone if number != 4)).vanished
        == 0
    )
    assert loan(4).missing_since_on == NEXT
    take_in(*(good_cells(number, as_of=later) for number in everyone))
    assert loan(4).missing_since_on is None


def test_a_loan_whose_row_is_rejected_has_not_vanished(take_in, loan):
    take_in(good_cells(1), good_cells(2))
    report = take_in(good_cells(1, as_of=NEXT), good_cells(2, as_of=NEXT, 手机号码="1"))
    assert (report.state, report.vanished) == ("applied", 0)
    assert (loan(2).missing_since_on, loan(2).as_of_on) == (None, AS_OF)


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
