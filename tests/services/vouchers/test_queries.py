"""What its borrower and whoever holds the paper read of a voucher."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Borrower, Voucher, VoucherFile
from app.services.vouchers.queries import (
    checked_voucher,
    is_withdrawn_voucher,
    own_vouchers,
    voucher_fen,
    voucher_view,
)
from tests.factories import make_borrower, make_hold
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.vouchers import hold_paper, kept_with, later, owner_of, quoted, receipt


@pytest.fixture
def mine(session, vault, site):
    """A receipt, a quote and a hold of one borrower."""
    agreement, number = kept_with(session, vault, site)
    owner = owner_of(session, agreement)
    papers = [receipt(session, vault, site, agreement, number)]
    papers.append(quoted(session, vault, site, agreement))
    hold = make_hold(
        session, session.get_one(Borrower, owner), cause="breathing", until_at=later(9)
    )
    session.commit()
    papers.append(hold_paper(session, vault, site, hold))
    return owner, papers


def test_each_kind_is_its_borrowers_and_nobody_elses(session, vault, site, mine):
    owner, papers = mine
    context = acting(vault=vault, site=site)
    for one in papers:
        found = voucher_view(session, context, borrower_id=owner, public_id=one.public_id)
        assert (found.kind, found.number, found.has_file) == (one.kind, one.number, False)
        assert found.stands.is_so
    other = make_borrower(session, vault, mobile="19003740077", id_number="990101198901140022")
    for borrower_id, public_id in ((other.id, papers[0].public_id), (owner, "x" * 20)):
        with pytest.raises(NotFound):
            voucher_view(session, context, borrower_id=borrower_id, public_id=public_id)
    assert session.execute(own_vouchers(other.id)).all() == []


def test_whoever_holds_it_learns_kind_number_and_how_it_stands(session, vault, site, mine):
    _owner, papers = mine
    context = acting(vault=vault, site=site)
    for one in papers:
        found = checked_voucher(session, context, check_code=one.check_code)
        assert (found.kind, found.number, found.issued_at) == (one.kind, one.number, NOW)
        total = one.text["total"]
        assert voucher_fen(session, check_code=one.check_code) == (total and total["fen"])
    with pytest.raises(NotFound):
        checked_voucher(session, context, check_code="x" * 20)
    assert voucher_fen(session, check_code="x" * 20) is None


def test_a_file_is_known_by_its_number_and_its_very_bytes(session, mine):
    _owner, papers = mine
    for place, one in enumerate(papers):
        session.add(
            VoucherFile(
                voucher_id=one.id,
                folder=f"f{place}",
                sha256=f"{place}" * 64,
                size=1,
                sealed_at=NOW,
                stamped_at=NOW,
            )
        )
    session.commit()
    number = session.get_one(Voucher, papers[0].id).number
    assert is_withdrawn_voucher(session, number=number, pdf_sha256="0" * 64) is False
    assert is_withdrawn_voucher(session, number=number, pdf_sha256="1" * 64) is None
    assert len(session.scalars(select(VoucherFile)).all()) == 3
