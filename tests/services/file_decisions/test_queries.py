"""People of whom two mobiles or names came, masked, and nobody else."""

import pytest
from sqlalchemy import select

from app.domain.errors import NotFound
from app.models import Borrower
from app.services.file_decisions.queries import contested_people, contested_person
from tests.services.file_decisions.conftest import by
from tests.support.books import good_cells, id_number


def test_people_are_listed_masked_and_those_of_whom_nothing_is_contested_are_not(
    take_in, session, vault
):
    other = {"证件号码": id_number(1), "手机号码": "19111111111"}
    take_in(good_cells(1), good_cells(2) | other, good_cells(3))
    context = by("mei", vault=vault)
    found = contested_people(session, context)
    assert [one.customer_no for one in found] == ["C10000001"]
    assert {shown for _row, shown in found[0].choices["mobile"]} == {"190****0001", "191****1111"}
    assert set(found[0].choices) == {"mobile"}
    assert contested_person(session, context, public_id=found[0].public_id) == found[0]
    plain = select(Borrower.public_id).where(~Borrower.is_contested)
    for public_id in ("z" * 20, session.scalars(plain).one()):
        with pytest.raises(NotFound):
            contested_person(session, context, public_id=public_id)
