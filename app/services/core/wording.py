"""Words that never reach a borrower. Pure."""

import unicodedata
from pathlib import Path

from app.domain.characters import visible
from app.domain.errors import RuleBroken
from app.domain.texts import N_

BANNED = tuple((Path(__file__).parent / "banned_words.txt").read_text(encoding="utf-8").split())


class BannedWords(RuleBroken):
    """A text for a borrower holds words the rules forbid; `found` names them."""

    code = "banned_words"
    message = N_("这段话里有不能对借款人说的词，请换个说法")

    def __init__(self, found: tuple[str, ...]) -> None:
        super().__init__()
        self.found = found


def check_words(text: str) -> None:
    """Pass where a text may be read by a borrower; spaces and full-width forms hide nothing.

    Raises: BannedWords.
    Source: rule book 1.2, the eight red lines.
    """
    # Blanks between the characters, marks nobody sees and full-width letters are the usual ways
    # round a list of words.
    plain = "".join(unicodedata.normalize("NFKC", visible(text)).split())
    found = tuple(word for word in BANNED if word in plain)
    if found:
        raise BannedWords(found)
