"""A file of repayments taken in: what is stored of it, what is told, what it covers."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from app.domain.references import reference_of
from app.models import AuditEntry, OrderPayment, Plan, StatementFault, StatementFile
from app.services.nightly.importing import HeaderRefused
from app.services.repayments import importing
from app.services.repayments.asks import StoredAsks
from app.services.repayments.importing import FutureThrough
from app.services.repayments.sealing import PayerWords, words_of
from tests.factories import make_borrower, make_loan
from tests.services.repayments.conftest import TODAY
from tests.support.lender_rows import ListFile


def day(before=0):
    return (TODAY - timedelta(days=before)).isoformat()


def codes(told):
    return [(one.line, one.code) for one in told.rejected]


def waiting(told):
    return [(one.line, one.reason) for one in told.unmatched]


def test_money_is_stored_with_its_dates_and_words_sealed(take_in, line, payments, vault, plan):
    told = take_in(
        line(付款日期=day(2), 付款人="罗涵敏", 付款账号="6222021234567890", 借据号="JJ123456")
    )
    assert (told.rows, told.posted, told.total_fen) == (1, 1, 10_000)
    (one,) = payments()
    assert (one.channel, one.fen, one.loan_ref, one.line) == ("银行卡", 10_000, "JJ123456", 2)
    assert (one.paid_on, one.arrived_on) == (TODAY - timedelta(days=2), TODAY)
    words = words_of(vault, one)
    assert (words.payer, words.account_tail) == ("罗涵敏", "7890")
    assert words.remark.startswith("AH-")
    assert "罗涵敏".encode() not in one.words_enc
    assert one.payer_hmac == vault.fingerprint("罗涵敏", purpose="name")
    assert one.account_hmac not in ("", one.payer_hmac)


def test_a_line_without_words_has_none_sealed(take_in, line, payments, vault, loan):
    take_in(line(备注="", 借据号=loan.ref))
    assert payments()[0].words_enc is None
    assert words_of(vault, payments()[0]) == PayerWords()


def test_a_line_with_the_reference_is_matched_to_its_plan(
    take_in, line, payments, matches, plan, context
):
    told = take_in(line())
    assert told.unmatched == []
    assert payments()[0].state == "matched"
    (match,) = matches()
    assert (match.plan_id, match.fen, match.rule) == (plan.id, 10_000, "reference")
    assert (match.actor, match.at) == ("cli:import-repayments", context.now)
    assert match.reasons[0]["code"] == "reference"


def test_the_same_line_again_is_a_duplicate_in_a_file_and_in_the_next(take_in, line, payments):
    one = line()
    told = take_in(one, one, line())
    assert (told.rows, told.posted, told.duplicates, told.total_fen) == (3, 2, 1, 20_000)
    again = take_in(one, {**one, "备注": "说得更多"})
    assert (again.posted, again.duplicates, again.total_fen) == (0, 2, 0)
    assert len(payments()) == 2


def test_the_same_number_of_another_channel_is_other_money(take_in, line, payments):
    one = line()
    assert take_in(one, {**one, "渠道": "支付宝"}).posted == 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"金额": "100.01"}, "金额"),
        ({"入账日期": day(1)}, "流水号"),
        ({"付款日期": day(1)}, "流水号"),
        ({"冲正流水号": "T000009"}, "流水号"),
    ],
)
@pytest.mark.parametrize("files", [1, 2])
def test_a_known_number_with_anything_else_is_rejected(
    take_in, line, payments, changed, field, files
):
    one = line()
    other = one | changed
    if files == 1:
        told = take_in(one, other)
    else:
        take_in(one)
        told = take_in(other)
    assert [(each.field, each.code) for each in told.rejected] == [(field, "changed")]
    assert [(each.fen, each.paid_on) for each in payments()] == [(10_000, TODAY)]


@pytest.mark.parametrize(
    ("written", "field", "code"),
    [
        ({"金额": "-1.00"}, "金额", "negative"),
        ({"金额": "0.00"}, "金额", "amount"),
        ({"金额": "10000000.01"}, "金额", "amount"),
        ({"金额": "100.00 USD"}, "金额", "amount"),
        ({"金额": "100.001"}, "金额", "amount"),
        ({"入账日期": day(-1)}, "入账日期", "date"),
        ({"付款日期": day(-1)}, "付款日期", "date"),
        ({"流水号": ""}, "流水号", "required"),
        ({"备注": "还\ufffd款"}, "备注", "text"),
    ],
)
def test_a_bad_line_is_rejected_alone_with_its_first_fault(
    take_in, line, payments, session, written, field, code
):
    told = take_in(line(), line(**written), line())
    assert [(one.line, one.field, one.code) for one in told.rejected] == [(3, field, code)]
    assert (told.rows, told.posted) == (3, 2)
    kept = session.scalars(select(StatementFault)).all()
    assert [(one.line, one.field, one.code) for one in kept] == [(3, field, code)]
    assert len(payments()) == 2


def test_a_sum_at_the_end_is_no_line(take_in, line):
    told = take_in(line(), {"流水号": "合计", "金额": "100.00"})
    assert (told.rows, told.rejected) == (1, [])


def test_money_of_nobody_known_waits_for_a_person(take_in, line, payments, matches):
    told = take_in(
        line(备注="还款"), line(备注="", 借据号="JJ000001"), line(备注=reference_of("AH-77777"))
    )
    assert waiting(told) == [(2, "unknown_payer"), (3, "unknown_loan"), (4, "unknown_reference")]
    assert [one.state for one in payments()] == ["unmatched"] * 3
    assert [one.reason for one in payments()] == [reason for _, reason in waiting(told)]
    assert not matches()


def test_money_paid_long_ago_waits_with_its_plan_as_suggestion(take_in, line, plan, matches):
    told = take_in(line(付款日期=day(10)), line(付款日期=day(11)))
    assert [(one.line, one.reason, one.suggestions) for one in told.unmatched] == [
        (3, "old_value_date", (plan.number,))
    ]
    assert len(matches()) == 1


@pytest.mark.parametrize(
    ("state", "reason"), [("completed", "plan_completed"), ("broken", "missing")]
)
def test_money_for_a_plan_that_has_ended(take_in, line, session, plan, loan, state, reason):
    session.get_one(Plan, plan.id).state = state
    session.commit()
    told = take_in(line())
    if state == "broken":
        # The contract came back: the money is for its loan.
        assert told.unmatched == []
        return
    assert waiting(told) == [(2, reason)]


def test_a_loan_that_the_file_misses_and_one_that_is_paid_are_for_a_person(
    take_in, line, session, vault
):
    someone = make_borrower(session, vault, mobile="19003740001", id_number="990101198901140981")
    gone = make_loan(session, someone, missing_since_on=date(2026, 11, 20))
    paid = make_loan(session, someone, paid=24)
    told = take_in(line(备注="", 借据号=gone.ref), line(备注="", 借据号=paid.ref))
    assert waiting(told) == [(2, "loan_missing"), (3, "loan_settled")]


def test_a_contract_number_stands_for_its_loan(take_in, line, session, vault, matches):
    someone = make_borrower(session, vault, mobile="19003740001", id_number="990101198901140981")
    own = make_loan(session, someone)
    assert take_in(line(备注="", 借据号=own.contract_no)).unmatched == []
    assert [one.loan_id for one in matches()] == [own.id]


def test_payer_and_what_is_owed_to_the_fen_tell_a_loan(
    take_in, line, session, vault, matches, context
):
    someone = make_borrower(
        session, vault, name="程思远", mobile="19003740001", id_number="990101198901140981"
    )
    own = make_loan(session, someone)
    asks = StoredAsks(session, context)
    payoff = asks.of_loans([own.id])[own.id]["payoff"]
    written = f"{payoff // 100}.{payoff % 100:02d}"
    told = take_in(line(备注="还款", 付款人="程思远", 金额=written))
    assert told.unmatched == []
    assert [(one.loan_id, one.rule) for one in matches()] == [(own.id, "payer_and_amount")]


def test_a_file_covers_until_the_day_before_its_latest_arrival(take_in, line, session):
    take_in(line(入账日期=day(3)), line(入账日期=day(1)), line(入账日期=day(2)))
    (file,) = session.scalars(select(StatementFile)).all()
    assert (file.state, file.covers_until_on) == ("stored", TODAY - timedelta(days=2))
    assert (file.rows, file.posted, file.duplicates) == (3, 3, 0)


def test_what_a_file_is_told_to_cover_counts_also_where_it_is_empty(take_in, session):
    take_in(through=TODAY)
    take_in()
    files = session.scalars(select(StatementFile).order_by(StatementFile.id)).all()
    assert [one.covers_until_on for one in files] == [TODAY, None]
    assert [one.state for one in files] == ["stored", "stored"]


def test_no_file_covers_a_day_that_has_not_come(take_in, line, session, payments):
    with pytest.raises(FutureThrough):
        take_in(line(), through=TODAY + timedelta(days=1))
    (file,) = session.scalars(select(StatementFile)).all()
    assert (file.state, file.covers_until_on) == ("refused", None)
    assert not payments()


@pytest.mark.parametrize(
    "headers",
    [
        ("流水号", "渠道", "入账日期", "备注"),
        ("流水号", "渠道", "金额", "备注"),
        ("流水号", "渠道", "入账日期", "金额"),
        ("流水号", "渠道", "入账日期", "金额", "金额", "备注"),
    ],
)
def test_a_file_without_its_headings_is_refused_whole_and_once_on_record(
    take_in, line, session, payments, headers
):
    for _ in range(2):
        with pytest.raises(HeaderRefused):
            take_in(file=ListFile([line()], headers), through=TODAY)
    (file,) = session.scalars(select(StatementFile)).all()
    assert (file.state, file.covers_until_on) == ("refused", None)
    assert "列" in file.reason
    assert not payments()


def test_a_dry_run_tells_the_same_and_stores_nothing(take_in, line, session, payments, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_LINES", 2)
    one = line()
    back = line(冲正流水号=one["流水号"])
    lines = [back, one, line(备注="还款"), one, line(金额="x"), line(冲正流水号="T999999")]
    rehearsed = take_in(*lines, is_dry_run=True)
    assert not payments()
    for table in (StatementFile, StatementFault, AuditEntry):
        assert session.scalar(select(func.count()).select_from(table)) == 0
    assert take_in(*lines) == rehearsed
    assert rehearsed.posted == 4


def test_a_dry_run_of_a_file_that_is_refused_stores_nothing_either(take_in, session):
    with pytest.raises(HeaderRefused):
        take_in(file=ListFile([], ("流水号",)), is_dry_run=True)
    assert session.scalar(select(func.count()).select_from(StatementFile)) == 0


def test_the_trail_tells_of_each_batch_and_of_the_whole(take_in, line, session, monkeypatch):
    monkeypatch.setattr(importing, "BATCH_LINES", 2)
    take_in(line(), line(备注="还款"), line())
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.seq)).all()
    told = [(one.action, one.after.get("posted"), one.after.get("matched")) for one in entries]
    assert told == [
        ("repayments_posted", 2, 1),
        ("repayments_posted", 1, 1),
        ("repayments_imported", 3, None),
    ]
    assert [one.after["fen"] for one in entries[:2]] == [20_000, 10_000]
    assert len(entries[0].after["rows_sha256"]) == 64
    assert {one.object_id for one in entries} == {
        session.scalars(select(StatementFile.public_id)).one()
    }


def test_plans_whose_money_changed_are_seen_to_in_the_same_transaction(
    take_in, line, plan, monkeypatch
):
    seen = []
    from app.services.repayments import storing

    monkeypatch.setattr(
        storing,
        "after_money",
        lambda _session, _context, *, plan_ids, loan_ids: seen.append([*plan_ids, *loan_ids]),
    )
    take_in(line(), line(), line(备注="还款"))
    assert seen == [[plan.id]]


@pytest.fixture
def collected(session, pay):
    """Money that we collected by a channel, with the number it has there."""

    def store(ref, fen):
        row = pay(fen=fen, ref=ref, state="matched", paid_on=TODAY - timedelta(days=2))
        session.add(
            OrderPayment(payment_id=row.id, order_id=None, kind="foreign", paid_at=row.posted_at)
        )
        session.commit()
        return row

    return store


def test_money_that_we_collected_is_a_duplicate_in_the_channels_file(
    take_in, line, payments, collected
):
    """A file has the day on which the channel hands it on; it is the same money."""
    collected("4200001", 100_00)
    report = take_in(line(流水号="4200001"))
    assert (report.rows, report.posted, report.duplicates, report.rejected) == (1, 0, 1, [])
    assert len(payments()) == 1


def test_another_amount_under_the_number_we_collected_by_is_rejected(
    take_in, line, payments, collected
):
    collected("4200001", 100_00)
    report = take_in(line(流水号="4200001", 金额="100.01"))
    assert [(one.field, one.code) for one in report.rejected] == [("金额", "changed")]
    assert [one.fen for one in payments()] == [100_00]
