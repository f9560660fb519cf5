"""Text that a spreadsheet could take for a formula or a number is told apart from one."""

import re

# Full-width forms too: some spreadsheets make plain ones of them on the way in (ADR 0026).
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """Return text with a quote before what a spreadsheet would run, also behind blanks.

    Source: V1.2.10, rule book 9.
    """
    return f"'{text}" if text.startswith(STARTS) or text.lstrip().startswith(STARTS) else text


# More digits than a spreadsheet shows of a number, zeros it drops, and what it takes for a power.
LIKE_A_NUMBER = re.compile(r"[0-9]{12,}|0[0-9]+|[0-9]+[eE][0-9]+")


def shown_whole(text: str) -> str:
    """Return text with a tab before a number of digits that a spreadsheet would shorten: only for
    files that people open by a double click. Our own reader drops the tab.

    Source: ADR 0026.
    """
    return f"\t{text}" if LIKE_A_NUMBER.fullmatch(text) else text
