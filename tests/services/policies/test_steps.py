"""What every act on a draft of the policy shares."""

import pytest

from app.domain.errors import NotFound
from app.services.policies.steps import DraftChanged, check_edition, end_draft, lock_draft
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.policies import edited


def test_a_draft_is_found_by_its_public_id_alone(session, wu):
    draft = edited(session, wu, grace_days=5)
    assert lock_draft(session, public_id=draft.public_id) is draft
    with pytest.raises(NotFound):
        lock_draft(session, public_id=str(draft.id))


def test_only_the_edition_that_was_read_passes(session, wu):
    draft = edited(session, wu, grace_days=5)
    check_edition(draft, 2)
    with pytest.raises(DraftChanged):
        check_edition(draft, 1)


def test_what_ends_is_open_no_more_and_names_who_ended_it(session, wu, chen):
    draft = edited(session, wu, grace_days=5)
    end_draft(acting(staff=chen), draft, "dropped")
    assert (draft.state, draft.is_open) == ("dropped", False)
    assert (draft.ended_by, draft.ended_at) == (chen.author, NOW)
