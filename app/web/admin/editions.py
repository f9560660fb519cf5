"""The edition of a draft that a form was filled in over."""

EDITION_DIGITS = 9


def edition_of(typed: str | None) -> int:
    """Return the edition a form names, 0 for what is no edition."""
    text = typed or ""
    is_number = text.isascii() and text.isdecimal() and len(text) <= EDITION_DIGITS
    return int(text) if is_number else 0
