"""A receipt, the paper of a hold and a quote, with a tap: a page, a PDF, a page for whoever checks;
nobody else's ever.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.errors import GatewayDown
from app.domain.money import yuan
from app.integrations.documents.typst_maker import TypstMaker
from app.integrations.signing.pades import PadesSigner
from app.models import Hold, Payment, Voucher, VoucherFile
from app.ports.documents import GlyphMissing
from tests.factories import make_borrower, make_hold, make_loan
from tests.support.clock import NOW
from tests.support.money import arrived, matched, paid, taken_back
from tests.support.pdf_words import words_of
from tests.support.people import sign_in_as
from tests.support.signed_files import file_of
from tests.support.signing import signed
from tests.support.vouchers import later, receipt

TODAY = NOW.date()


@pytest.fixture
def kept(session, site, borrower, gateways):
    loan = make_loan(session, borrower)
    agreement = signed(session, gateways, site, borrower=borrower, loan=loan)
    payment = paid(session, agreement, fen=20_000, on=TODAY)
    return agreement, f"{payment.channel} {payment.channel_ref}"


def main(response):
    assert response.status_code == 200
    return next(response.page.iter("main")).text()


def newest(session):
    session.rollback()
    return session.scalars(select(Voucher).order_by(Voucher.id.desc())).first()


def take(phone, kept):
    agreement, _number = kept
    return phone.post_form(phone.get(f"/agreement/{agreement}"), _action="/receipt")


def test_a_tap_on_a_payment_leads_to_its_receipt(phone, session, kept):
    page = take(phone, kept)
    one = newest(session)
    assert page.request.path == f"/voucher/{one.public_id}"
    words = main(page)
    for told in (
        "这笔钱算数",
        one.number,
        one.text["says"],
        one.text["total"]["capital"],
        yuan(20_000),
        one.check_code[:5].upper(),
    ):
        assert told in words, told
    assert one.number.startswith("SJ-")
    # The same tap again gives the same paper.
    assert take(phone, kept).request.path == page.request.path


def test_the_first_tap_makes_the_pdf_and_every_one_after_gives_the_same_bytes(
    phone, session, kept, gateways
):
    page = take(phone, kept)
    address = page.request.path
    assert phone.get(f"{address}.pdf").status_code == 302
    first = phone.post_form(page, _action="/pdf")
    one = newest(session)
    assert (first.status_code, first.mimetype) == (200, "application/pdf")
    assert f"filename={one.number}.pdf" in first.headers["Content-Disposition"]
    assert one.number in words_of(first.data)
    seal = gateways.signer.read_seal(first.data)
    assert (seal.reason, seal.number) == ("", one.number)
    assert seal.stamped_at is not None
    assert phone.get(f"{address}.pdf").data == first.data
    assert [a for a in phone.get(address).page.iter("a") if a.get("href") == f"{address}.pdf"]


def no_answer(*_args, **_values):
    raise GatewayDown


def no_glyph(*_args, **_values):
    raise GlyphMissing("㐂")


def test_what_does_not_answer_is_told_and_the_next_tap_works(phone, kept, monkeypatch):
    page = take(phone, kept)
    with monkeypatch.context() as patch:
        patch.setattr(PadesSigner, "stamp", no_answer)
        assert phone.post_form(page, _action="/pdf").status_code == 503
    with monkeypatch.context() as patch:
        patch.setattr(TypstMaker, "make", no_glyph)
        assert "还打不出来" in main(phone.post_form(page, _action="/pdf"))
    assert phone.post_form(phone.get(page.request.path), _action="/pdf").data.startswith(b"%PDF-")


def test_a_file_that_is_not_the_sealed_one_is_not_handed_out(phone, session, kept, gateways):
    page = take(phone, kept)
    phone.post_form(page, _action="/pdf")
    session.rollback()
    path = file_of(gateways, session.scalars(select(VoucherFile.folder)).one())
    path.write_bytes(path.read_bytes()[:-1])
    again = phone.get(f"{page.request.path}.pdf", follow_redirects=True)
    assert "这份 PDF 现在不能下载" in main(again)


def test_money_taken_back_is_said_to_the_borrower_and_to_whoever_checks(
    phone, client, session, kept
):
    page = take(phone, kept)
    one = newest(session)
    assert "这个编号是真的" in main(client.get(f"/check/{one.check_code}"))
    taken_back(session, session.scalars(select(Payment)).one(), kept[0], on=TODAY)
    assert "这张收据和现在不一样了" in main(phone.get(page.request.path))
    words = main(client.get(f"/check/{one.check_code}"))
    assert "这张收据已撤回" in words
    assert "核对金额" not in words
    again = phone.get(f"/agreement/{kept[0]}")
    assert "后来撤回了" in main(again)
    assert "/receipt" not in again.get_data(as_text=True)


def test_the_check_page_tells_neither_name_nor_sum_and_holds_a_typed_sum_against_it(
    phone, client, session, kept
):
    take(phone, kept)
    one = newest(session)
    address = f"/check/{one.check_code}"
    page = client.get(address)
    html = page.get_data(as_text=True)
    assert one.number in main(page)
    for hidden in ("罗涵敏", "*敏", yuan(20_000), kept[0]):
        assert hidden not in html
    assert "对不上，先不要相信" in main(client.post_form(page, total="1"))
    assert "编号和金额都对得上" in main(client.post_form(client.get(address), total="200"))
    by_hand = client.post_form(client.get("/check/"), code=one.number)
    assert "这是纸的编号" in main(by_hand)


def test_a_loan_without_a_plan_lists_its_money_with_receipts(phone, session, borrower):
    loan = make_loan(session, borrower)
    payment = arrived(session, fen=3_300, on=TODAY)
    matched(session, payment, loan=loan)
    session.commit()
    page = phone.get(f"/loan/{loan.public_id}")
    assert "2026年11月23日付的" in main(page)
    page = phone.post_form(page, _action="/receipt")
    words = main(page)
    assert "¥33.00" in words
    assert "借据号" in words


@pytest.mark.parametrize("ended", [False, True])
def test_the_paper_of_a_hold_says_whether_it_runs(phone, client, session, borrower, ended):
    make_hold(session, borrower, cause="breathing", until_at=later(20))
    session.commit()
    page = phone.post_form(phone.get("/hold"), _action="/hold")
    one = newest(session)
    assert "正在生效" in main(page)
    if ended:
        hold = session.scalars(select(Hold)).one()
        hold.until_at, hold.ended_by = NOW, "staff:1"
        session.commit()
        assert "这次暂缓联络结束了" in main(phone.get(page.request.path))
    words = main(client.get(f"/check/{one.check_code}"))
    assert ("暂缓联络正在生效" in words) is not ended
    assert ("这次暂缓联络结束了" in words) is ended
    assert "核对金额" not in words


def test_a_hold_that_ended_meanwhile_leads_back_to_what_runs(phone, session, borrower):
    make_hold(session, borrower, cause="breathing", until_at=later(20))
    session.commit()
    page = phone.get("/hold")
    session.scalars(select(Hold)).one().until_at = NOW
    session.commit()
    assert phone.post_form(page, _action="/hold").request.path == "/hold"
    assert newest(session) is None


def test_a_quote_for_a_chosen_day_says_when_it_is_no_longer_exact(phone, client, session, kept):
    day = TODAY + timedelta(days=5)
    page = phone.get(f"/agreement/{kept[0]}/payoff?on={day}")
    page = phone.post_form(page, _action="/quote")
    one = newest(session)
    assert one.text["details"]["day"] == day.isoformat()
    words = main(page)
    assert "现在还准确：2026年11月28日这一天付款" in words
    assert "到2026年11月28日（含当天）" in words
    assert "这个编号是真的" in main(client.get(f"/check/{one.check_code}"))
    paid(session, kept[0], fen=1_000, on=TODAY, at=NOW + timedelta(minutes=1))
    words = main(client.get(f"/check/{one.check_code}"))
    assert "编号是真的，数不再准确" in words
    assert "出具以后又记了 1 笔款" in words
    assert "这张报价单过时了" in main(phone.get(page.request.path))


@pytest.mark.parametrize("on", ["", "x", "2026-01-01", "2036-01-01"])
def test_a_day_without_a_quote_leads_to_the_page_that_says_why(phone, session, kept, on):
    page = phone.get(f"/agreement/{kept[0]}/payoff")
    answer = phone.post_form(page, _action="/quote", on=on)
    assert answer.request.path == f"/agreement/{kept[0]}/payoff"
    assert newest(session) is None


def test_another_persons_is_as_absent_as_none(client, session, gateways, site, kept):
    one = receipt(session, gateways.vault, site, *kept)
    other = make_borrower(
        session, gateways.vault, mobile="19003740077", id_number="990101198901140022"
    )
    phone = sign_in_as(client, session, other)
    for public_id in (one.public_id, "x" * 20):
        for address in (f"/voucher/{public_id}", f"/voucher/{public_id}.pdf"):
            assert phone.get(address).status_code == 404


def test_a_payment_that_is_not_the_plans_has_no_receipt(phone, kept):
    page = phone.get(f"/agreement/{kept[0]}")
    assert phone.post_form(page, _action="/receipt", payment="招行 X").status_code == 404


def test_money_taken_back_while_the_page_was_open_is_told(phone, session, kept):
    page = phone.get(f"/agreement/{kept[0]}")
    taken_back(session, session.scalars(select(Payment)).one(), kept[0], on=TODAY)
    assert "不再出收据" in main(phone.post_form(page, _action="/receipt"))


def test_the_transfer_block_tells_how_the_reference_is_said_and_has_a_square(phone, kept):
    page = phone.get(f"/agreement/{kept[0]}")
    words = main(page)
    assert "念起来 A H，零零零零一，八" in words
    assert "备注：AH-00001-8" in words
    assert [one for one in page.page.iter("svg") if "转账信息" in (one.get("aria-label") or "")]
