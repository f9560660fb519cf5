"""Steps of a changed mobile: only allowed moves, two persons, both numbers."""

import pytest

from app.domain.mobile_change import MOVES
from app.models import MobileChange
from app.services.identity.change_steps import ChangeOver, SamePerson, check_two, move
from tests.support.acting import acting


@pytest.mark.parametrize("state", MOVES)
def test_only_allowed_moves(state):
    for to in MOVES:
        change = MobileChange(state=state)
        if to in MOVES[state]:
            move(change, to)
            assert change.state == to
        else:
            with pytest.raises(ChangeOver):
                move(change, to)


def test_a_person_and_not_an_account(mei, lin):
    check_two(acting(staff=mei), lin.person_id, None)
    with pytest.raises(SamePerson):
        check_two(acting(staff=mei), lin.person_id, mei.person_id)
