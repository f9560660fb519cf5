"""Gateways made at their first use: once for all threads, and then as good as made at the start."""

import threading
from io import BytesIO

import pytest

from app.integrations.documents import fonts
from app.integrations.on_first_use import FirstUse, LateDocuments, LateSigner, LateXlsx
from app.integrations.paper_lane import PaperLane
from app.integrations.signing.keys import (
    StampAuthority,
    make_development_key,
    read_signing_key,
)
from app.ports.sheets import Column, Sheet
from tests.support.agreements import SIGNED_AT, a_text, paper_of
from tests.support.races import run_together
from tests.support.stamping import development_key


def test_nothing_is_made_before_it_is_asked_for_and_then_once_for_all_threads():
    made, entered = [], threading.Event()

    def make() -> object:
        entered.wait(0.05)  # time for the others to come by
        made.append(object())
        return made[-1]

    thing = FirstUse(make)
    assert not made
    found = run_together(lambda _number: thing.get())
    assert len(made) == 1
    assert set(map(id, found)) == {id(made[0])}


def test_what_could_not_be_made_is_tried_again():
    answers = iter([OSError("no room"), "made"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    thing = FirstUse(make)
    with pytest.raises(OSError, match="no room"):
        thing.get()
    assert thing.get() == "made"


def test_threads_make_and_seal_their_first_papers_at_once(tmp_path):
    make_development_key(tmp_path / "key.pem")
    key = read_signing_key(tmp_path / "key.pem", certificate_file=tmp_path / "key.pem")
    stamps = development_key(tmp_path)
    lane = PaperLane()
    authority = StampAuthority("", stamps, stamps.trusted)
    documents, signer = LateDocuments(lane), LateSigner(key, authority, lane)

    def seal(number: int):
        paper = documents.make("agreement", paper_of(a_text(periods=3)))
        signed = signer.sign(paper, reason=str(number), at=SIGNED_AT)
        return signer.read_seal(signer.stamp(signed, at=SIGNED_AT).pdf)

    found = run_together(seal, threads=4)
    assert [(one.is_genuine, one.stamped_at) for one in found] == [(True, SIGNED_AT)] * 4


def test_the_first_workbook_is_a_workbook():
    file, sheet = BytesIO(), Sheet("表", (Column("列"),))
    late = LateXlsx()
    with late.writing([sheet], [file], foot="-") as writer:
        writer.row(0, ["x"])
    assert late.is_one_file
    assert file.getvalue().startswith(b"PK")


def test_missing_fonts_are_told_at_the_start(monkeypatch):
    monkeypatch.setattr(fonts, "FONT_PACKAGES", ("no_such_fonts",))
    with pytest.raises(RuntimeError, match="no_such_fonts"):
        LateDocuments(PaperLane())
