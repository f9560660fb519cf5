"""Personal data as pages may show it."""

# What callers give in place of a given name; it tells nothing of who it is, and is how they are
# spoken to.
# Of staff the same: 林客服 is *客服.
TITLES = ("女士", "先生", "小姐", "客服", "主管")


def masked_name(name: str) -> str:
    """Return only the last character of a name: *思; of 李女士 the title: *女士.

    Source: I-16.
    """
    title = next((one for one in TITLES if name.endswith(one) and name != one), "")
    if title:
        return f"*{title}"
    # A name of one character would be told whole by its last one.
    return f"*{name[-1:]}" if len(name) > 1 else "*"


def masked_staff(name: str) -> str:
    """Return how one of the staff signs what a borrower reads, the family name first: 林*.

    Source: I-16.
    """
    return f"{name[:1]}*"


def masked_mobile(mobile: str) -> str:
    """Return a mobile number with its first three and last four digits.

    Source: I-16.
    """
    return f"{mobile[:3]}****{mobile[-4:]}"


def masked_id(number: str) -> str:
    """Return an identity number with its first and last character.

    Source: I-16.
    """
    # Always sixteen stars: a number of another length, from an old file, is not told apart by its
    # mask.
    return f"{number[:1]}{'*' * 16}{number[-1:]}"


def spelled(characters: str | None) -> str:
    """Return missing characters with their code points, for whoever has no font for them either."""
    return "、".join(f"{one} U+{ord(one):04X}" for one in characters or "")
