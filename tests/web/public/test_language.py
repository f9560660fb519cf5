"""Texts: every one is in the catalogue, and a lender's own wording there is what people read."""

from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "translations" / "zh_Hans_CN" / "LC_MESSAGES" / "messages.po"


@pytest.fixture
def catalogue():
    with SOURCE.open("rb") as file:
        return read_po(file, locale="zh_Hans_CN")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("可以一起商量", id="template"),
        pytest.param("打哪个手机号", id="lazy label of a form"),
        pytest.param("手机号换了", id="marked in a service"),
        pytest.param("请填写 11 位手机号，例如 138 0000 0000", id="call in a module"),
    ],
)
def test_texts_of_every_kind_reach_the_catalogue(catalogue, text):
    assert catalogue.get(text) is not None


def test_what_law_and_tone_need_is_explained_to_translators(catalogue):
    notice = (
        "有一点要先知道：提交方案视为同意履行债务，诉讼时效重新计算。提交之前，页面会再写给您看。"
    )
    assert "never leave it out" in " ".join(catalogue.get(notice).auto_comments)


def test_every_text_has_its_words_and_its_places(catalogue):
    for message in catalogue:
        if message.id:
            assert message.string, message.id
            assert not list(message.check(catalogue)), message.id


def test_the_application_reads_the_translations_of_the_root(app):
    assert [Path(one).resolve() for one in app.extensions["babel"].translation_directories] == [
        ROOT / "translations"
    ]


def test_a_reworded_text_is_what_people_read(catalogue, tmp_path, app, monkeypatch):
    catalogue["可以一起商量"].string = "我们一起想办法"
    folder = tmp_path / "translations" / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "messages.mo").open("wb") as file:
        write_mo(file, catalogue)
    monkeypatch.setattr(
        app.extensions["babel"], "translation_directories", [str(tmp_path / "translations")]
    )
    assert app.test_client().get("/").page.first("h1").text() == "我们一起想办法"
