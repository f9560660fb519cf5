"""verify-agreement: the seal holds and the register knows the very same file."""

import hashlib
import shutil
import subprocess

import pytest
from sqlalchemy import select, update

from app.integrations.signing.authorities import LocalAuthority
from app.integrations.signing.reading import read_anew
from app.models import Agreement, AgreementFile
from app.services.signed_files.moving import move_out
from app.services.upkeep import signed_files
from tests.factories import make_agreement, make_borrower, make_loan, make_plan
from tests.support.acting import acting
from tests.support.agreements import SIGNED_AT, a_text, paper_of
from tests.support.exporting import copies
from tests.support.exporting import signed as make_signed
from tests.support.signed_files import file_of
from tests.support.stamping import development_key


@pytest.fixture
def plain(gateways):
    return gateways.documents.make("agreement", paper_of(a_text(periods=3)))


@pytest.fixture
def signed(gateways, plain):
    return gateways.signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)


@pytest.fixture
def register(database, vault):
    def register(pdf, number="AH-00318-1"):
        with database.sessions() as session:
            version = make_plan(
                session, make_loan(session, make_borrower(session, vault)), state="signed"
            )
            make_agreement(
                session, version, number=number, pdf_sha256=hashlib.sha256(pdf).hexdigest()
            )

    return register


@pytest.fixture
def verify(answer, tmp_path):
    def verify(pdf):
        (tmp_path / "agreement.pdf").write_bytes(pdf)
        return answer("verify-agreement", tmp_path / "agreement.pdf")

    return verify


def test_the_signed_file_is_genuine(verify, register, signed):
    register(signed)
    assert verify(signed) == (
        0,
        {
            "genuine": True,
            "number": "AH-00318-1",
            "signed_at": "2026-11-24T10:03:04+08:00",
            "reason": None,
        },
    )


def test_an_altered_file_is_not_and_the_exit_status_says_so(verify, register, signed):
    altered = signed[:3_000] + bytes([signed[3_000] ^ 1]) + signed[3_001:]
    register(altered)
    status, told = verify(altered)
    assert (status, told["genuine"], told["number"], told["signed_at"]) == (1, False, None, None)
    assert told["reason"] in ("altered", "unreadable")


def test_a_sealed_file_that_is_not_the_registers_is_refused(
    verify, register, gateways, plain, signed
):
    assert verify(signed)[1]["reason"] == "unknown_number"
    register(signed)
    again = gateways.signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)
    assert verify(again) == (
        1,
        {"genuine": False, "number": None, "signed_at": None, "reason": "unknown_number"},
    )


@pytest.mark.parametrize("stamp", ["due", "stamped"])
def test_where_a_stamp_is_required_the_file_bears_one_that_holds(
    verify, register, gateways, signed, database, stamp
):
    """The register is asked by the hash of the file: the one without a stamp may be stored too."""
    register(signed)
    with database.sessions() as session:
        session.execute(update(Agreement).values(stamp=stamp))
        session.commit()
    told = {"genuine": False, "number": None, "signed_at": None, "reason": "stamp_missing"}
    assert verify(signed) == (1, told)


def test_a_stamped_file_is_genuine_and_people_are_told_of_its_stamp(
    verify, register, gateways, signed
):
    stamped = gateways.signer.stamp(signed, at=SIGNED_AT)
    register(stamped.pdf)
    assert verify(stamped.pdf)[1]["genuine"]
    assert verify(signed)[1]["reason"] == "unknown_number"


def test_a_stamp_of_a_stranger_is_not_genuine(verify, register, gateways, plain, tmp_path):
    signer = gateways.signer._signer.get()
    (tmp_path / "stranger").mkdir()
    stranger = LocalAuthority(development_key(tmp_path / "stranger"))
    pdf = gateways.signer.sign(plain, reason="AH-00318-1", at=SIGNED_AT)
    held = signer._authority, signer._roots
    signer._authority, signer._roots = (
        stranger,
        read_anew(development_key(tmp_path / "stranger").trusted),
    )
    forged = signer.stamp(pdf, at=SIGNED_AT).pdf
    signer._authority, signer._roots = held
    register(forged)
    assert verify(forged)[1]["reason"] == "stamp_invalid"


@pytest.mark.parametrize("pdf", [b"", b"hello", b"%PDF-1.7 x"])
def test_what_is_no_agreement_is_told_not_raised(verify, pdf):
    status, told = verify(pdf)
    assert (status, told["genuine"]) == (1, False)


def test_a_person_reads_words(run, register, signed, tmp_path):
    register(signed)
    (tmp_path / "a.pdf").write_bytes(signed)
    assert run("verify-agreement", tmp_path / "a.pdf")[1].startswith("是真的：AH-00318-1")
    (tmp_path / "b.pdf").write_bytes(b"x")
    assert run("verify-agreement", tmp_path / "b.pdf")[:2] == (1, "不能认：这不是 PDF 文件\n")
    assert run("verify-agreement", tmp_path / "none.pdf")[0] == 2


def test_an_independent_reader_says_the_same_of_the_same_file(signed, tmp_path):
    (tmp_path / "a.pdf").write_bytes(signed)
    told = subprocess.run(
        [shutil.which("pdfsig"), tmp_path / "a.pdf"], capture_output=True, text=True, check=True
    )
    assert "Signature is Valid" in told.stdout


def test_papers_come_back_into_the_database_for_a_step_down(
    answer, run, database, gateways, settings
):
    with database.sessions() as session:
        one = make_signed(session, gateways.vault, settings.site, pdf=b"%PDF-1")
        assert move_out(session, acting(gateways=gateways), limit=1) == 1
        folder = session.scalars(select(AgreementFile.folder)).one()
    file = file_of(gateways, folder)
    held = file.read_bytes()
    file.write_bytes(b"another")
    assert answer("papers-back") == (1, {"taken": 0, "fault": "pdf_differs"})
    assert "check-invariants 会说是哪一份" in run("papers-back")[1]
    file.write_bytes(held)
    assert answer("papers-back") == (0, {"taken": 1, "fault": None})
    assert run("papers-back")[1] == "收回 0 份，都在数据库里了\n"
    with database.sessions() as session:
        row = session.scalars(select(AgreementFile)).one()
        assert (row.agreement_id, row.pdf) == (one.id, b"%PDF-1")


def test_the_nightly_check_reads_some_files_and_every_one_where_asked(
    answer, database, gateways, settings, monkeypatch
):
    monkeypatch.setattr(signed_files, "_turns", lambda _count, night: lambda _key: night is None)
    with database.sessions() as session:
        one = make_signed(session, gateways.vault, settings.site, pdf=b"%PDF-1")
        copies(session, one, 2, pdf=b"%PDF-1")
        assert move_out(session, acting(gateways=gateways), limit=9) == 3
        for folder in session.scalars(select(AgreementFile.folder)):
            file_of(gateways, folder).write_bytes(b"another")
    told = [answer("check-invariants", *more)[1]["violations"] for more in ((), ("--every-file",))]
    assert [str(one).count("the file is not the one that was signed") for one in told] == [0, 3]
