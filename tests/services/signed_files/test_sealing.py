"""A paper is set, sealed, stamped and stored; where one step fails nothing is stored."""

from datetime import UTC, datetime

import pytest

from app.domain.errors import GatewayDown
from app.services.signed_files.keeping import KeptPdf, read_pdf
from app.services.signed_files.sealing import sealed_pdf
from tests.support.signed_files import sealed_files
from tests.support.signing import plain, without_authority

AT = datetime(2026, 11, 23, 2, 5, tzinfo=UTC)
VALUES = {"number": "SJ-00001", "text_sha256": "0" * 64, "check_url": "https://x/check/y"}


def test_what_is_stored_is_sealed_and_stamped(gateways):
    gateways = plain(gateways)
    made = sealed_pdf(gateways, document="voucher", values=VALUES, at=AT)
    pdf = read_pdf(gateways, KeptPdf(None, made.stored.folder, made.stored.sha256)).decode()
    assert "voucher SJ-00001" in pdf
    assert "sealed SJ-00001" in pdf
    assert made.stamped_at == AT
    assert (made.stored.size, f"stamped {AT.isoformat()}" in pdf) == (len(pdf), True)


def test_without_a_stamp_nothing_is_stored(gateways):
    gateways = without_authority(plain(gateways))
    with pytest.raises(GatewayDown):
        sealed_pdf(gateways, document="voucher", values=VALUES, at=AT)
    assert not sealed_files(gateways)
