"""Citations read off the source and held against docs/rules.md; each rule takes a text and
returns what is wrong.
"""

import re
from collections.abc import Callable

Rule = Callable[[str], list[str]]
ID = re.compile(r"\b(?:[CIMNPRU]-\d\d|V\d+\.\d+\.\d+|[BIU]\d{1,2})\b")
ENDS = r'\n\s*\n|"""|\n\s+(?:Raises|Units|Example|Idempotent)|#\}'
SOURCE = re.compile(rf"Source:\s+(.+?)(?={ENDS})", re.DOTALL)
POLICY = re.compile(r"default policy, ([^;:.(]+)")
PHRASE = re.compile(r"(?:rules part 1|product|contract)[,;:] ([^;:.(]+)")
SECTION = re.compile(r"rule book (\d(?:\.\d)?)")
KINDS = re.compile(r"(default policy|product|contract),|rules part 1|rule book|quality|ADR|RFC")
ROW = re.compile(r"^- (\*\*.+?\*\*(?: · \*\*.+?\*\*)*)", re.MULTILINE)


def row_names(text: str) -> set[str]:
    """The bold names that rows begin with; a dot parts the names of one row."""
    return {name for row in ROW.findall(text) for name in re.split(r"[* ]*·[* ]*", row.strip("*"))}


def default_policy(book: str) -> str:
    return book.partition("\n## Default policy\n")[2].partition("\n# ")[0]


def ids_without_a_row(book: str) -> Rule:
    rows = row_names(book)
    return lambda text: [one for one in dict.fromkeys(ID.findall(text)) if one not in rows]


def policy_names_without_a_row(book: str) -> Rule:
    """What stands after `default policy,` begins with the name of a row."""
    rows = tuple(row_names(default_policy(book)))

    def rule(text: str) -> list[str]:
        cited = [re.split(r", | and ", words) for words in _cited(POLICY, text)]
        names = [name.strip() for several in cited for name in several]
        return [name for name in names if not name.startswith(rows)]

    return rule


def phrases_not_in(book: str) -> Rule:
    """What stands after `rules part 1,`, `product,` or `contract,` can be searched for."""
    told = _plain(book).casefold()

    def rule(text: str) -> list[str]:
        phrases = [one.strip() for one in _cited(PHRASE, text) if not ID.match(one)]
        return [one for one in phrases if one.casefold() not in told]

    return rule


def sections_not_in(book: str) -> Rule:
    """What stands after `rule book` is the number of a heading."""
    numbers = set(re.findall(r"^##+ (\d(?:\.\d)?)\b", book, re.MULTILINE))
    return lambda text: [one for one in _cited(SECTION, text) if one not in numbers]


def sources_of_no_kind(text: str) -> list[str]:
    return [one for one in _sources(text) if not KINDS.match(one) and not ID.match(one)]


def _cited(pattern: re.Pattern[str], text: str) -> list[str]:
    return [found for source in _sources(text) for found in pattern.findall(source)]


def _sources(text: str) -> list[str]:
    return [_plain(found) for found in SOURCE.findall(text)]


def _plain(text: str) -> str:
    return " ".join(text.split())
