"""What a line says in words: references, numbers of loans, names; and what a batch asks about."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from app.domain.characters import plain_number, plain_words
from app.domain.references import (
    ReferenceRead,
    ReferencesRead,
    counted_at_end,
    near_numbers,
    read_references,
    rival_numbers,
    without_references,
)
from app.domain.repayments.directory import Wanted
from app.domain.repayments.row import NUMBER_CHARS, RepaymentRow

# A number of a loan that a person has typed: letters and digits, parted or not.
LEAST_NUMBER_CHARS = 6
LEAST_NUMBER_DIGITS = 4
MOST_GROUPS = 6
MOST_NUMBERS = 60
_GROUPS = re.compile(r"[0-9A-Za-z]+(?:[ ._/#-]{1,3}[0-9A-Za-z]+)*")
_GROUP = re.compile("[0-9A-Za-z]+")
_DIGIT = re.compile("[0-9]")

# What banks write beside a payer's name, and people beside whose money it is.
_BESIDE = re.compile(
    "还款|还贷|还钱|贷款|借款|分期|转账|汇款|支付宝|微信支付|微信|财付通|手机银行|网上银行"
    "|备注|附言|付款人|户名|个人|本人|老公|老婆|丈夫|妻子|爸爸|妈妈|儿子|女儿|协议|借据|合同"
)
_FOR = re.compile("^[替代帮给为由]")
_DOTS = re.compile("[·•．.・‧]")
_NAME = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]{2,}")
_LETTERS = re.compile("[A-Z]{4,}")
LONGEST_NAME = 6
MOST_NAMES = 6


@dataclass(frozen=True, slots=True)
class Said:
    """What is read out of a line's texts; nothing of it is looked up yet."""

    references: ReferencesRead
    # The cell for 借据号, and numbers typed elsewhere.
    loan_ref: str
    typed: tuple[str, ...]
    # Whether a number typed is all that the remark holds, as machines write it.
    alone: str
    payer: str
    # Who is named in the remark.
    named: tuple[str, ...]


def said_in(row: RepaymentRow) -> Said:
    """Return what a line says, from all of its texts: people write the reference into any."""
    read = [read_references(text) for text in (row.remark, row.payer, row.loan_ref)]
    loan_ref = plain_number(row.loan_ref)
    typed = chain(_typed(row.remark), _typed(row.payer))
    return Said(
        references=ReferencesRead(
            _most_certain(one for found in read for one in found.right),
            tuple(dict.fromkeys(one for found in read for one in found.wrong)),
        ),
        loan_ref=loan_ref,
        typed=tuple(dict.fromkeys(one for one in typed if one != loan_ref))[:MOST_NUMBERS],
        alone=plain_number(row.remark),
        payer=payer_name(row.payer),
        named=tuple(dict.fromkeys(_named(row.remark))),
    )


def wanted_by(said: Iterable[Said]) -> Wanted:
    """Return all that a batch of lines asks about; accounts come from the lines themselves."""
    plans: set[str] = set()
    loans: set[str] = set()
    names: set[str] = set()
    for one in said:
        plans.update(_plans(one.references))
        loans.update(one.typed, [one.loan_ref] if one.loan_ref else [])
        names.update(one.named, [one.payer] if one.payer else [])
    return Wanted(frozenset(plans), frozenset(loans), frozenset(names))


def name_key(text: str) -> str:
    """Return a name as it is compared: in half width and capitals, without blanks and dots."""
    return _DOTS.sub("", plain_number(text)).upper()


def payer_name(text: str) -> str:
    """Return the one name in what a bank writes as the payer, as it is compared; empty where it is
    masked or where there are several.
    """
    if "*" in plain_words(text):
        return ""
    plain = _BESIDE.sub(" | ", _name_text(text))
    found = _NAME.findall(plain) or _LETTERS.findall(plain)
    return found[0] if len(found) == 1 else ""


def _most_certain(found: Iterable[ReferenceRead]) -> tuple[ReferenceRead, ...]:
    """Return each plan once, as its most certain form."""
    order = ("whole", "stuck", "bare", "short")
    best: dict[str, ReferenceRead] = {}
    for one in found:
        kept = best.get(one.number)
        if kept is None or order.index(one.form) < order.index(kept.form):
            best[one.number] = one
    return tuple(best.values())


def _plans(read: ReferencesRead) -> Iterator[str]:
    for one in read.right:
        yield one.number
        yield from rival_numbers(one.number)
    for digits in read.wrong:
        yield from near_numbers(digits)


def _typed(text: str) -> Iterator[str]:
    """Yield every number that letters and digits of a text may be, groups joined or as they are."""
    plain = plain_words(text)
    if not _DIGIT.search(plain):
        return
    for found in _GROUPS.finditer(plain):
        yield from _joined(found.group())
        following = plain[found.end() : found.end() + 1]
        for counted in counted_at_end(found.group(), following):
            yield from _joined(found.group()[: -len(counted)])


def _joined(text: str) -> Iterator[str]:
    groups = [(one.start(), one.end()) for one in _GROUP.finditer(text)]
    for first, (start, _) in enumerate(groups):
        for _, end in groups[first : first + MOST_GROUPS]:
            written = text[start:end]
            joined = "".join(_GROUP.findall(written))
            for one in (written, joined, written.upper(), joined.upper()):
                if _is_number(one):
                    yield one


def _is_number(text: str) -> bool:
    return (
        LEAST_NUMBER_CHARS <= len(text) <= NUMBER_CHARS
        and len(_DIGIT.findall(text)) >= LEAST_NUMBER_DIGITS
    )


def _named(remark: str) -> Iterator[str]:
    plain = _BESIDE.sub(" ", _name_text(remark))
    for piece in _NAME.findall(plain)[:MOST_NAMES]:
        for one in (piece, _FOR.sub("", piece)):
            if 1 < len(one) <= LONGEST_NAME:
                yield one


def _name_text(text: str) -> str:
    return name_key(without_references(text))
