"""Signing a plan: the code bound to the text, what is refused and why, and all that one signature
writes.
"""

import hashlib
import json
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select, update

from app.domain.errors import GatewayDown, NotFound
from app.domain.plan import FiguresChanged
from app.models import (
    Agreement,
    AgreementFile,
    AuditEntry,
    Hold,
    Loan,
    LoanSnapshot,
    OutboxItem,
    Plan,
    PlanLoan,
    PlanVersion,
    RequestKey,
    Signature,
    SignInCode,
)
from app.ports.documents import GlyphMissing
from app.services.agreements.basis import (
    BookOld,
    ClausesMissing,
    LoanUnderCheck,
    OfferLapsed,
    OfferOver,
    OwesLess,
    TooEarly,
)
from app.services.agreements.text import text_sha256
from app.services.core.request_keys import KeyReused
from app.services.signin.borrower_signin import CodeWrong
from app.services.signin.code_limits import TooManyCodes, Visit
from app.services.upkeep import retention
from app.services.upkeep.invariants import check_invariants
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.cases import case_of
from tests.support.clock import NOW
from tests.support.proposals import submitted
from tests.support.signed_files import StoreDown, sealed_files, stored_pdf
from tests.support.signing import ask, code_row, plain, read_by, sign, without_authority

LATER = NOW + timedelta(minutes=1)
CLAUSES = ("limitation", "missed", "credit", "order")


def count(session, table, *where) -> int:
    return session.scalar(select(func.count()).select_from(table).where(*where))


def stored(session, version) -> PlanVersion:
    session.expire_all()
    return session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()


def nothing_signed(session, version) -> bool:
    found = stored(session, version)
    tables = (Agreement, AgreementFile, Signature)
    return found.state == "approved" and not any(count(session, one) for one in tables)


# what a signature writes


def test_one_signature_writes_agreement_document_rows_hold_message_and_audit(
    session, gateways, site, asked, version
):
    before = count(session, AuditEntry)
    number = sign(session, gateways, site, asked, now=LATER)
    found, plan = stored(session, version), session.scalars(select(Plan)).one()
    agreement, pdf = (
        session.scalars(select(Agreement)).one(),
        stored_pdf(session, gateways),
    )
    assert number == agreement.number == f"{plan.number}-1"
    assert (found.state, plan.state, plan.active_version_id) == ("signed", "active", found.id)
    assert session.scalars(select(PlanLoan.is_open)).one()
    assert agreement.terms_sha256 == found.terms_sha256
    assert agreement.text_sha256 == asked.assent.shown_sha256 == text_sha256(agreement.text)
    assert agreement.pdf_sha256 == hashlib.sha256(pdf).hexdigest()
    assert f"/check/{agreement.check_code}" in pdf.decode()
    assert agreement.text_sha256 in pdf.decode()
    assert (len(agreement.check_code), agreement.signed_at) == (20, LATER)
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.signed")).one()
    assert (entry.before["state"], entry.after["state"], entry.after["agreement"]) == (
        "approved",
        "signed",
        number,
    )
    assert count(session, AuditEntry) == before + 1


def test_each_clause_the_text_and_the_lender_have_a_row(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    code = code_row(session, asked)
    rows = session.scalars(select(Signature).order_by(Signature.id)).all()
    assert [(one.party, one.clause) for one in rows] == [
        *(("borrower", clause) for clause in CLAUSES),
        ("borrower", "text"),
        ("lender", "text"),
    ]
    assert {one.code_id for one in rows[:-1]} == {code.id}
    assert rows[-1].code_id is None
    assert (code.purpose, code.used_at, code.text_sha256) == (
        "sign",
        LATER,
        asked.assent.shown_sha256,
    )
    assert {one.from_where for one in rows[:-1]} == {"127.0.0.1"}


def test_collection_stops_at_the_signature(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    submitted_hold, kept = session.scalars(select(Hold).order_by(Hold.id)).all()
    assert (submitted_hold.cause, submitted_hold.until_at) == ("plan_submitted", LATER)
    assert (kept.cause, kept.from_at, kept.until_at) == ("plan_kept", LATER, None)


def test_the_message_names_the_agreement_and_no_debt(session, gateways, site, asked, vault):
    number = sign(session, gateways, site, asked, now=LATER)
    item = session.scalars(
        select(OutboxItem).where(OutboxItem.idempotency_key.startswith("plan-signed:"))
    ).one()
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    assert number in text
    assert "¥" not in text


def test_the_paper_is_made_with_what_the_borrower_did(session, gateways, site, read):
    early = read.assent.clauses | {"limitation": NOW - timedelta(seconds=7)}
    seen = []
    gateways.documents.make = lambda name, values: seen.append(values) or b"%PDF"
    found = ask(session, gateways, site, replace(read, assent=replace(read.assent, clauses=early)))
    sign(session, gateways, site, found, now=LATER)
    tried, made = (json.loads(one["attachments"][1]["content"]) for one in seen)
    assert tried["code"]["reference"] == ""
    assert made["code"] == {
        "reference": found.asked,
        "asked_at": "2026-11-23T10:00:00+08:00",
        "sent_to_masked": "190****0000",
        "confirmed_at": "2026-11-23T10:01:00+08:00",
        "text_sha256": found.assent.shown_sha256,
    }
    assert made["signer"]["name_masked"] == "*敏"
    assert (made["from_where"], made["read_seconds"]) == ("127.0.0.1", 10)
    confirmed = {one["code"]: one["confirmed_at"][11:19] for one in made["clauses"]}
    assert confirmed == dict.fromkeys(CLAUSES, "09:59:59") | {"limitation": "09:59:53"}
    assert "罗涵敏" not in seen[1]["attachments"][1]["content"]


# the time stamp


def test_a_signature_is_stamped_with_the_time(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    agreement = session.scalars(select(Agreement)).one()
    assert (agreement.stamp, agreement.stamped_at) == ("stamped", LATER)
    assert stored_pdf(session, gateways).endswith(b"stamped 2026-11-23T02:01:00+00:00")
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "plan.signed")).one()
    assert (entry.after["stamp"], entry.after["stamped_at"]) == ("stamped", LATER.isoformat())


def test_without_a_stamp_in_time_the_signature_stands_and_the_file_waits(
    session, gateways, site, asked, version, vault
):
    number = sign(session, without_authority(gateways), site, asked, now=LATER)
    agreement = session.scalars(select(Agreement)).one()
    assert (agreement.number, agreement.stamp, agreement.stamped_at) == (number, "due", None)
    assert stored(session, version).state == "signed"
    assert count(session, Signature) == len(CLAUSES) + 2
    assert session.scalars(select(Hold.cause).where(Hold.until_at.is_(None))).all() == ["plan_kept"]
    item = session.scalars(
        select(OutboxItem).where(OutboxItem.idempotency_key.startswith("plan-signed:"))
    ).one()
    text = vault.unseal(
        item.payload_enc, table="outbox", row=item.idempotency_key, column="payload"
    )
    assert f"协议 {number} 已签好，文件稍后可下载" in text
    assert check_invariants(session, gateways=gateways)[1] == ()


# its file


def test_where_its_file_cannot_be_stored_nothing_is_signed_and_the_code_is_not_used_up(
    session, gateways, site, asked, version
):
    down = replace(gateways, agreements=StoreDown(gateways.agreements.root))
    with pytest.raises(GatewayDown):
        sign(session, down, site, asked, now=LATER)
    session.rollback()
    assert nothing_signed(session, version)
    code = code_row(session, asked)
    assert (code.used_at, code.tries) == (None, 0)
    assert sign(session, gateways, site, asked, now=LATER)


def test_its_row_names_the_file_and_holds_no_byte_of_it(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    file = session.scalars(select(AgreementFile)).one()
    pdf, agreement = stored_pdf(session, gateways), session.scalars(select(Agreement)).one()
    assert (file.pdf, file.size, file.unstamped_folder) == (None, len(pdf), None)
    assert {file.folder} == sealed_files(gateways)
    assert file.folder.endswith(f".{agreement.pdf_sha256}")


def test_a_code_that_does_not_fit_leaves_no_file(session, gateways, site, asked):
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, digits="000000", now=LATER)
    assert sealed_files(gateways) == set()


def test_asking_for_a_code_and_a_wrong_code_cost_no_stamp(session, gateways, site, read):
    found = ask(session, gateways, site, read)
    with pytest.raises(CodeWrong):
        sign(
            session, gateways, site, found, digits="000000" if found.digits != "000000" else "1" * 6
        )
    assert gateways.signer.stamped == 0


# once


def test_a_double_tap_gives_the_same_number(session, gateways, site, asked):
    numbers = {sign(session, gateways, site, asked, now=LATER) for _ in range(3)}
    assert (len(numbers), count(session, Agreement), count(session, RequestKey)) == (1, 1, 2)
    assert gateways.documents.made == 2  # once when the code was asked for, once to sign


def test_another_key_after_signing_finds_nothing_to_sign(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    with pytest.raises(OfferOver):
        sign(session, gateways, site, asked, key="another", now=LATER)


def test_a_key_of_another_text_is_refused(session, gateways, site, asked):
    sign(session, gateways, site, asked, now=LATER)
    with pytest.raises(KeyReused):
        sign(
            session,
            gateways,
            site,
            asked,
            assent=replace(asked.assent, shown_sha256="0" * 64),
            now=LATER,
        )


# the code


@pytest.mark.parametrize("digits", ["000000", "", "abcdef"])
def test_a_wrong_code_costs_a_try_and_signs_nothing(
    session, gateways, site, asked, version, digits
):
    wrong = digits if digits != asked.digits else "111111"
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, digits=wrong, now=LATER)
    assert code_row(session, asked).tries == 1
    assert nothing_signed(session, version)
    assert gateways.documents.made == 1
    assert count(session, AuditEntry, AuditEntry.action == "plan.sign_failed") == 1


def test_after_five_wrong_tries_the_right_code_is_worth_nothing(
    session, gateways, site, asked, version
):
    wrong = "000000" if asked.digits != "000000" else "111111"
    for _ in range(5):
        with pytest.raises(CodeWrong):
            sign(session, gateways, site, asked, digits=wrong, now=LATER)
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, now=LATER)
    assert nothing_signed(session, version)


def test_a_code_is_good_for_five_minutes(session, gateways, site, asked, version):
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, now=NOW + timedelta(minutes=5))
    assert nothing_signed(session, version)


def test_another_browser_cannot_use_the_code(session, gateways, site, asked, version):
    with pytest.raises(CodeWrong):
        sign(
            session,
            gateways,
            site,
            asked,
            visit=Visit("browser-2", "device-1", "127.0.0.1"),
            now=LATER,
        )
    assert nothing_signed(session, version)


def test_only_the_newest_code_counts(session, gateways, site, asked, read):
    newer = ask(session, gateways, site, read, now=LATER)
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, now=LATER)
    assert sign(session, gateways, site, newer, now=LATER)


def test_a_code_for_one_text_signs_no_other(session, gateways, site, asked, version):
    session.execute(update(SignInCode).values(text_sha256="f" * 64))
    session.commit()
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, now=LATER)
    assert nothing_signed(session, version)


def test_a_code_for_signing_in_signs_nothing(session, gateways, site, asked, version):
    session.execute(update(SignInCode).values(purpose="sign_in"))
    session.commit()
    with pytest.raises(CodeWrong):
        sign(session, gateways, site, asked, now=LATER)
    assert nothing_signed(session, version)


def test_codes_for_signing_have_limits_of_their_own(session, gateways, site, asked, read):
    made = gateways.documents.made
    with pytest.raises(TooManyCodes):
        ask(session, gateways, site, read, now=NOW + timedelta(seconds=59))
    # whoever asks again and again keeps nobody's printer busy
    assert gateways.documents.made == made
    for minute in (1, 2, 3, 4):
        ask(session, gateways, site, read, now=NOW + timedelta(minutes=minute))
    with pytest.raises(TooManyCodes):
        ask(session, gateways, site, read, now=NOW + timedelta(minutes=5))


def test_the_hash_of_a_code_goes_after_ten_minutes_and_its_row_stays_with_the_signature(
    session, gateways, site, asked
):
    sign(session, gateways, site, asked, now=LATER)
    for days in (0, 2):
        retention.clear_out(session, acting(now=NOW + timedelta(days=days, minutes=11)), limit=100)
    session.expire_all()
    code = code_row(session, asked)
    assert (code.code_hash, code.text_sha256) == ("", asked.assent.shown_sha256)


# what is read and confirmed


@pytest.mark.parametrize("missing", CLAUSES)
@pytest.mark.parametrize("act", [ask, sign])
def test_every_grave_clause_is_confirmed_by_itself(
    session, gateways, site, asked, version, missing, act
):
    clauses = {one: at for one, at in asked.assent.clauses.items() if one != missing}
    short = replace(asked, assent=replace(asked.assent, clauses=clauses))
    with pytest.raises(ClausesMissing) as refused:
        act(session, gateways, site, short, now=LATER)
    assert refused.value.missing == (missing,)
    assert nothing_signed(session, version)


@pytest.mark.parametrize(("seconds", "left"), [(0, 10), (1, 9), (9, 1)])
@pytest.mark.parametrize("act", [ask, sign])
def test_the_reading_time_is_kept_by_the_server(
    session, gateways, site, asked, version, seconds, left, act
):
    hasty = replace(
        asked, assent=replace(asked.assent, shown_at=LATER - timedelta(seconds=seconds))
    )
    with pytest.raises(TooEarly) as refused:
        act(session, gateways, site, hasty, now=LATER)
    assert refused.value.seconds == left
    assert nothing_signed(session, version)


def test_another_payee_is_another_text(session, gateways, site, asked, version):
    elsewhere = replace(site, payee_account="6222 0000 0000 0001")
    with pytest.raises(FiguresChanged):
        sign(session, gateways, elsewhere, asked, now=LATER)
    assert nothing_signed(session, version)


# the version and the loan


@pytest.mark.parametrize("act", [ask, sign])
def test_an_offer_that_lapsed_is_not_signed(session, gateways, site, asked, version, act):
    late = NOW + timedelta(days=8)
    read_late = replace(asked, assent=replace(asked.assent, shown_at=late - timedelta(seconds=10)))
    with pytest.raises(OfferLapsed):
        act(session, gateways, site, read_late, now=late)
    assert nothing_signed(session, version)


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({"missing_since_on": date(2026, 11, 23)}, LoanUnderCheck),
        ({"as_of_on": date(2026, 11, 19)}, BookOld),
        ({"paid": 9}, OwesLess),
    ],
)
@pytest.mark.parametrize("act", [ask, sign])
def test_a_loan_that_is_not_as_it_was_is_not_signed(
    session, gateways, site, asked, version, values, refusal, act
):
    session.execute(update(Loan).values(**values))
    if "as_of_on" in values:
        session.execute(update(LoanSnapshot).values(as_of_on=values["as_of_on"]))
    session.commit()
    with pytest.raises(refusal):
        act(session, gateways, site, asked, now=LATER)
    assert nothing_signed(session, version)


def test_a_version_that_waits_for_an_answer_is_not_signed(session, gateways, site, borrower, loan):
    version = submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    with pytest.raises(OfferOver):
        ask(session, gateways, site, read_by(session, gateways, site, version, borrower))


def test_someone_elses_version_does_not_exist(session, gateways, site, asked, vault):
    other = make_borrower(session, vault, mobile="19003740001", id_number="990101198901141789")
    for act in (ask, sign):
        with pytest.raises(NotFound):
            act(session, gateways, site, replace(asked, borrower_id=other.id), now=LATER)


# a character no font has


def test_a_missing_glyph_is_put_on_record_and_nothing_else_happens(
    session, gateways, site, read, asked, version
):
    without = replace(gateways, documents=plain(gateways, "罗").documents)
    messages = count(session, OutboxItem)
    for act in (ask, sign):
        with pytest.raises(GlyphMissing):
            act(session, without, site, asked, now=LATER)
    assert nothing_signed(session, version)
    assert case_of(session, version).document_fault == "罗"
    assert code_row(session, asked).used_at is None
    assert count(session, OutboxItem) == messages
    entries = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "agreement.fault")
    ).all()
    assert len(entries) == 2
    assert "罗" not in str(entries[0].after)


def test_a_later_try_clears_the_fault(session, gateways, site, asked, version):
    with pytest.raises(GlyphMissing):
        sign(
            session,
            replace(gateways, documents=plain(gateways, "罗").documents),
            site,
            asked,
            now=LATER,
        )
    sign(session, gateways, site, asked, now=LATER)
    assert stored(session, version).state == "signed"
    assert case_of(session, version).document_fault is None


# what is read afterwards
