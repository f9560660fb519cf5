"""Words that never reach a borrower are found however they are written."""

import unicodedata

import pytest

from app.services.core.wording import BANNED, BannedWords, check_words


@pytest.mark.parametrize("word", BANNED)
def test_each_banned_word_is_found_and_named(word):
    with pytest.raises(BannedWords) as found:
        check_words(f"您好，{word}，谢谢")
    assert word in found.value.found


@pytest.mark.parametrize(
    "text",
    ["\uf9f7案", "黑 名 单", "黑\n名\t单", "黑　名单", "老\u00a0赖", "老\u200b赖", "黑\u202e名单"],
)
def test_blanks_and_other_forms_hide_nothing(text):
    with pytest.raises(BannedWords):
        check_words(text)


def test_every_fault_is_named_at_once():
    with pytest.raises(BannedWords) as found:
        check_words("老赖要坐牢")
    assert set(found.value.found) >= {"老赖", "坐牢"}


@pytest.mark.parametrize("text", ["", "这个数要还很久，想和您一起再看看。", "名单里没有这一笔"])
def test_plain_words_pass(text):
    check_words(text)


def test_the_list_itself_is_as_it_is_looked_for():
    """A word in another form of its characters would never be found."""
    assert [one for one in BANNED if unicodedata.normalize("NFKC", one) != one] == []
