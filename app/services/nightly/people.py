"""What rows of a file say differently of one person: told, and never decided by their order."""

from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.nightly_row import ID_NUMBER, MOBILE, NAME
from app.domain.texts import N_
from app.models import Borrower, ContestedValue
from app.services.staged.staging import StagingArea

COLUMNS = {"name": NAME, "mobile": MOBILE}
CODES = {"name": "two_names", "mobile": "two_mobiles"}
MESSAGES = {
    "two_names": N_("同一个人有不同的姓名，请核对"),
    "two_mobiles": N_("同一个人有不同的手机号码，请核对"),
    "shared_id": N_("同一个证件号码有不同的客户编号，按一个人处理"),
}
AFTER = {True: N_("已存的不变"), False: N_("有人核对之前，不发通知，也不能签字")}


class PersonConflict(NamedTuple):
    """Rows that do not agree about a person; `stands` tells whether a stored value stays."""

    customer_no: str
    field: str
    code: str
    lines: tuple[int, ...]
    stands: bool

    @property
    def message(self) -> str:
        """Return what to do about it."""
        return "；".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """Return its sentences, each to be put in the reader's language."""
        said = MESSAGES[self.code]
        return (said,) if self.code == "shared_id" else (said, AFTER[self.stands])


class _Stored(NamedTuple):
    """A stored person of whom something is contested: keyed hashes, and what is by field."""

    hmacs: dict[str, str]
    contested: dict[str, set[str]]


def settle_people(session: Session, *, stage: StagingArea) -> tuple[PersonConflict, ...]:
    """Return where rows disagree about a person, after the whole file was read.

    What is stored stands. Where nothing is, all values stay side by side until a person decides, or
    a file in which the rows agree.
    """
    variants = {(id_hmac, field): rows for id_hmac, field, rows in stage.variants()}
    stored = _stored_contested(session)
    found = []
    for id_hmac in dict.fromkeys([*(key for key, _ in variants), *stored]):
        person = stage.person(id_hmac)
        if person is not None:
            of_person = {field: variants.get((id_hmac, field), []) for field in COLUMNS}
            found += _settle(stage, person, of_person, stored.get(id_hmac))

    for numbers in stage.shared_ids():
        told = "、".join(number for number, _ in numbers)
        lines = tuple(line for _, line in numbers)
        found.append(PersonConflict(told, ID_NUMBER, "shared_id", lines, True))
    return tuple(sorted(found, key=lambda one: one.lines))


def _settle(
    stage: StagingArea,
    person: dict[str, Any],
    variants: dict[str, list[dict[str, Any]]],
    stored: _Stored | None,
) -> list[PersonConflict]:
    found, is_contested = [], 0
    for field, rows in variants.items():
        contested = stored.contested.get(field, set()) if stored else set()
        stands = not person["is_new"] and not contested
        if rows:
            lines = (person["line"], *(one["line"] for one in rows))
            number = str(person["customer_no"])
            found.append(PersonConflict(number, COLUMNS[field], CODES[field], lines, stands))
        if rows and stands:
            stage.change_person(person["id_hmac"], **{f"{field}_changed": 0})
        elif rows:
            is_contested = 1
            _contest(stage, person, field, rows, contested)
        elif stored and not contested:
            # Staged as changed, for something else of the person is contested.
            changed = int(person[f"{field}_hmac"] != stored.hmacs[field])
            stage.change_person(person["id_hmac"], **{f"{field}_changed": changed})
    stage.change_person(person["id_hmac"], is_contested=is_contested)
    return found


def _contest(
    stage: StagingArea,
    person: dict[str, Any],
    field: str,
    variants: list[dict[str, Any]],
    contested: set[str],
) -> None:
    id_hmac = person["id_hmac"]
    first = {
        "value_enc": person[f"{field}_enc"],
        "value_hmac": person[f"{field}_hmac"],
        "last4_hmac": person["mobile_last4_hmac"] if field == "mobile" else None,
    }
    values = sorted([first, *variants], key=lambda one: one["value_hmac"])
    if contested == {one["value_hmac"] for one in values}:
        # The very same as before: nothing changes.
        stage.change_person(id_hmac, **{f"{field}_changed": 0})
        return
    for one in values:
        row = (id_hmac, field, one["value_enc"], one["value_hmac"], one["last4_hmac"])
        stage.add("contested", row)
    # One has to stand in the borrower's row. The smallest hash is nobody's choice, least of all
    # that of the order of the rows.
    chosen = {f"{field}_enc": values[0]["value_enc"], f"{field}_hmac": values[0]["value_hmac"]}
    if field == "mobile":
        chosen["mobile_last4_hmac"] = values[0]["last4_hmac"]
    stage.change_person(id_hmac, **chosen)


def _stored_contested(session: Session) -> dict[str, _Stored]:
    """Return the stored people of whom something is contested by the keyed hash of their ID."""
    query = select(Borrower, ContestedValue.field, ContestedValue.value_hmac).join(
        ContestedValue, ContestedValue.borrower_id == Borrower.id
    )
    found: dict[str, _Stored] = {}
    for borrower, field, value_hmac in session.execute(query):
        hmacs = {"name": borrower.name_hmac, "mobile": borrower.mobile_hmac}
        one = found.setdefault(borrower.id_hmac, _Stored(hmacs, {}))
        one.contested.setdefault(field, set()).add(value_hmac)
    return found
