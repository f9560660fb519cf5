"""The files of a day: made once, the same bytes for all, kept, copied, deleted in time."""

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.nightly_headings import plain_heading
from app.integrations.sheets.csv_book import CsvBook
from app.models import AuditEntry, LenderFileSet, Payment
from app.services.finance.export_sweeping import sweep_files
from app.services.lender_files.making import (
    KEPT_DAYS,
    DayNotOver,
    FilesGone,
    delete_lapsed,
    hand_out,
    make_day,
    make_missing,
)
from app.services.repayments.reading import GoodLine, layout_of, read_lines
from app.wiring import open_folder, open_repayments
from tests.factories import make_borrower, make_contact, make_hold, make_loan
from tests.services.lender_files.conftest import TODAY, YESTERDAY, read
from tests.support.certificates import signed_of
from tests.support.clock import NOW
from tests.support.money import matched, plan_of
from tests.support.payments import make_payment

DAY = timedelta(days=1)
NAMES = [
    "plans.csv",
    "holds.csv",
    "waivers.csv",
    "exits_forbidden.csv",
    "repayments_posted.csv",
    "contacts.csv",
]


@pytest.fixture
def eventful(database, vault, site):
    """A day with something in each of the files."""
    with database.sessions() as session:
        plan = plan_of(session, signed_of(session, vault, site))
        payment = make_payment(session, vault, payer="罗涵敏", remark="还款", channel_ref="T1")
        matched(session, payment, plan=plan)
        back = {"channel_ref": "T2", "reverses_ref": "T1", "reverses_id": payment.id}
        make_payment(session, vault, **back)
        make_payment(session, vault, channel_ref="T3", fen=99)
        owner = make_borrower(
            session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
        )
        make_hold(session, owner, loan_id=make_loan(session, owner).id)
        make_contact(session, owner, at=NOW)
        session.commit()


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def take(database, context, folder, on=TODAY):
    return hand_out(database.sessions, context, on=on, storage=open_folder(folder))


def test_six_files_with_control_lines_and_hashes(database, eventful, context, tmp_path):
    made = take(database, context, tmp_path / "out")
    assert [one.name for one in made] == NAMES
    for one in made:
        data = (tmp_path / "out" / one.name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == one.sha256
        head, lines, last = read(data)
        assert (len(lines), last[:2]) == (one.rows, ["合计", f"{one.rows} 行"])
        assert one.rows
        assert {len(line) for line in (*lines, last)} == {len(head)}
        for place, name in enumerate(head):
            if name in ("合计(元)", "金额(元)"):
                total = sum(int(line[place].replace(".", "")) for line in lines)
                assert total == int(last[place].replace(".", "")) == one.fen


def test_the_same_day_again_is_the_same_bytes_whatever_happened_since(
    database, eventful, context, tmp_path
):
    first = take(database, context, tmp_path / "a")
    with database.sessions() as session:
        owner = make_borrower(
            session, context.vault, mobile="19003740007", id_number="990101198901140022"
        )
        make_hold(session, owner, loan_id=make_loan(session, owner).id)
        session.commit()
    assert take(database, context.at(NOW + 5 * DAY), tmp_path / "b") == first
    assert bytes_of(tmp_path / "a") == bytes_of(tmp_path / "b")


def test_they_are_written_as_configured_and_read_alike(
    database, eventful, context, in_gb18030, tmp_path
):
    take(database, in_gb18030, tmp_path / "out")
    for data in bytes_of(tmp_path / "out").values():
        assert read(data, "gb18030")[2][0] == "合计"
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_our_own_reader_reads_what_was_posted(
    database, eventful, context, in_gb18030, tmp_path, encoding
):
    take(database, context if encoding == "utf-8" else in_gb18030, tmp_path / "out")
    file = open_repayments(tmp_path / "out" / "repayments_posted.csv")
    lines = list(read_lines(file, layout_of(file), today=TODAY))
    assert all(isinstance(one, GoodLine) for one in lines)
    with database.sessions() as session:
        stored = session.scalars(select(Payment).order_by(Payment.id)).all()
    assert [
        (one.row.channel_ref, one.row.channel, one.row.fen, one.row.paid_on, one.row.reverses)
        for one in lines
    ] == [(one.channel_ref, one.channel, one.fen, one.paid_on, one.reverses_ref) for one in stored]


def test_our_own_reader_reads_each_of_them(database, eventful, context, tmp_path):
    made = take(database, context, tmp_path / "out")
    for one in made:
        file = CsvBook(tmp_path / "out" / one.name, ("借据号", "客户编号", "流水号"))
        lines = [line for line in file.lines() if not line.fault]
        assert len(lines) == one.rows + 1
        assert "客户编号" in map(plain_heading, file.headers) or "流水号" in file.headers


def test_nothing_personal_is_in_them(database, eventful, context, tmp_path):
    take(database, context, tmp_path / "out")
    for data in bytes_of(tmp_path / "out").values():
        text = data.decode()
        assert not any(one in text for one in ("罗涵敏", "周以宁", "1900374", "990101"))


def test_a_day_that_is_not_over_is_refused(database, context):
    for on in (context.today, context.today + DAY):
        with pytest.raises(DayNotOver):
            make_day(database.sessions, context, on=on)


def test_an_empty_day_has_its_files_too(database, context, tmp_path):
    made = take(database, context, tmp_path / "out", on=TODAY)
    assert [(one.name, one.rows, one.fen) for one in made] == [(name, 0, 0) for name in NAMES]


def test_making_and_taking_are_on_record(database, context, tmp_path):
    take(database, context, tmp_path / "out")
    with database.sessions() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    assert [(one.action, one.object_id) for one in found] == [
        ("lender_files.made", TODAY.isoformat()),
        ("lender_files.taken", TODAY.isoformat()),
    ]


def days(database):
    with database.sessions() as session:
        return list(session.scalars(select(LenderFileSet.for_on).order_by(LenderFileSet.for_on)))


def test_the_job_begins_with_the_day_before_and_misses_none(database, context):
    assert make_missing(database.sessions, context) == 1
    assert make_missing(database.sessions, context) == 0
    assert make_missing(database.sessions, context.at(NOW + 4 * DAY)) == 3
    assert days(database) == [TODAY + n * DAY for n in range(4)]


def test_after_a_long_silence_a_week_is_made_up_for(database, context):
    make_missing(database.sessions, context)
    assert make_missing(database.sessions, context.at(NOW + 30 * DAY)) == 7
    assert days(database)[-1] == TODAY + 29 * DAY


def test_files_lapse_and_their_day_is_not_told_otherwise(database, context, gateways):
    (made, *_) = make_day(database.sessions, context, on=TODAY)
    last, over = (context.at(NOW + (KEPT_DAYS + n) * DAY) for n in (0, 1))
    with database.sessions() as session:
        assert delete_lapsed(session, last, limit=9) == 0
        assert delete_lapsed(session, over, limit=9) == 1
        assert delete_lapsed(session, over, limit=9) == 0
        kept = session.scalars(select(LenderFileSet)).one()
        assert kept.files[0]["sha256"] == made.sha256
    assert not list(gateways.storage.root.rglob("*.csv"))
    with pytest.raises(FilesGone):
        make_day(database.sessions, over, on=TODAY)


def test_who_is_killed_leaves_nothing_that_counts_and_the_next_makes_it(
    database, context, gateways, monkeypatch, tmp_path
):
    """Killed between the files and their row: no row, files that nobody names, which the sweep
    deletes; the next makes the day.
    """
    from app.services.lender_files import making

    class Killed(BaseException):
        pass

    def killed(*_args, **_options):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(making.audit, "record", killed)
        patched.setattr(type(gateways.storage), "delete", lambda *_: None)
        with pytest.raises(Killed):
            make_day(database.sessions, context, on=TODAY)
    assert days(database) == []
    left = set(gateways.storage.root.rglob("*.csv"))
    assert len(left) == len(NAMES)
    made = make_day(database.sessions, context, on=TODAY)
    with database.sessions() as session:
        assert sweep_files(session, context.at(NOW + 400 * DAY), limit=9) == 1
    assert not left & set(gateways.storage.root.rglob("*.csv"))
    assert take(database, context, tmp_path / "out") == made


def test_yesterday_is_the_last_day_there_is(context):
    assert context.today - DAY == TODAY == YESTERDAY + DAY
