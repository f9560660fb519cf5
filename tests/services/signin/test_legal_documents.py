"""What people agree to: a published text never changes, a change is a new version."""

import hashlib

import pytest

from app.domain.errors import NotFound
from app.services.core.wording import check_words
from app.services.signin import legal_documents
from app.services.signin.legal_documents import (
    PUBLISHED,
    TEXTS,
    current_documents,
    document,
    versions_of,
)

AS_PUBLISHED = {
    ("user-agreement", "1"): "277275cf95195e9082a3da30ee226d9b0b7278d3a784bc58bb9df1eade95b40d",
    ("privacy", "1"): "14969b5bacb4099f17e267b7d32424e90a55794a3849d32073cfc2c07a42efb3",
    ("sensitive_reason", "1"): "a9df818b14ec19a7a5a037adb7d2aeb593fccc5e8127dbb2e35f50c33a4d417c",
    ("sensitive_evidence", "1"): (
        "1e35a657f37897a30ccae97c63db2c87df060c9571878b43144add36fe8a907d"
    ),
    ("transfer_proof", "1"): "b8585b2560a046e505d1c481674991422d4486a701d3676a160f0fa947f6019b",
}


def test_published_texts_are_as_they_were_published():
    assert {(one.name, one.version): one.sha256 for one in PUBLISHED} == AS_PUBLISHED


def test_the_hash_is_that_of_the_stored_text():
    for one in PUBLISHED:
        assert one.sha256 == hashlib.sha256((TEXTS / one.template).read_bytes()).hexdigest()


def test_every_text_belongs_to_a_version():
    assert {path.name for path in TEXTS.iterdir()} == {one.template for one in PUBLISHED}


def test_no_text_takes_effect_before_it_is_published():
    assert all(one.published_on <= one.effective_on for one in PUBLISHED)


@pytest.mark.parametrize("one", PUBLISHED, ids=lambda one: one.template)
def test_texts_keep_to_the_words_borrowers_may_read(one):
    check_words((TEXTS / one.template).read_text(encoding="utf-8"))


def test_two_documents_are_current_agreement_first():
    assert [one.name for one in current_documents()] == ["user-agreement", "privacy"]


def test_the_newest_version_is_current_and_earlier_ones_stay(monkeypatch):
    first = document(name="privacy")
    second = legal_documents.LegalDocument(
        "privacy", "2", first.title, first.published_on, first.effective_on
    )
    monkeypatch.setattr(legal_documents, "PUBLISHED", (*PUBLISHED, second))
    assert current_documents()[1] == second
    assert document(name="privacy") == second
    assert document(name="privacy", version="1") == first
    assert versions_of("privacy") == (second, first)


@pytest.mark.parametrize(
    ("name", "version"), [("other", ""), ("privacy", "99"), ("../privacy_1", "1")]
)
def test_what_was_never_published_is_not_found(name, version):
    with pytest.raises(NotFound):
        document(name=name, version=version)
