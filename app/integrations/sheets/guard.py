"""Text that a spreadsheet could take for a formula is told apart from one."""

# Full-width forms too: some spreadsheets make plain ones of them on the way in (ADR 0026).
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """Return text with a quote before what a spreadsheet would run, also behind blanks.

    Source: V1.2.10, rule book 9.
    """
    return f"'{text}" if text.startswith(STARTS) or text.lstrip().startswith(STARTS) else text
