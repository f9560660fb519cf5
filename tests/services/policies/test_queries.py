"""The versions of the policy and the open draft, as administrators see them."""

from datetime import date, timedelta

import pytest

from app.domain.errors import NotFound
from app.domain.policy_checks import Fault
from app.services.policies.queries import draft_view, open_draft, version_rows
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.policies import activate, edited
from tests.support.proposals import approved_at_once


def test_without_a_draft_there_is_none(session, wu):
    assert open_draft(session, acting(staff=wu)) is None
    with pytest.raises(NotFound):
        draft_view(session, acting(staff=wu), public_id="x")


def test_a_draft_tells_what_differs_and_what_contradicts(session, wu):
    draft = edited(session, wu, min_periods=40, grace_days=5)
    one = draft_view(session, acting(staff=wu), public_id=draft.public_id)
    assert [each.name for each in one.changed] == ["min_periods", "grace_days"]
    assert one.faults == (
        Fault("above", "min_periods", "self_service_periods"),
        Fault("above", "min_periods", "at_once_periods"),
    )
    assert (one.made_by, one.base_version) == ("吴一", "2026-11-01.2")


def test_who_may_do_what_follows_from_who_reads_and_where_it_stands(session, wu, chen):
    def rights(reader):
        one = open_draft(session, acting(staff=reader))
        return one.is_editable, one.may_activate

    edited(session, wu, grace_days=5)
    assert (rights(wu), rights(chen)) == ((True, False), (False, False))
    draft = edited(session, wu, hand_in=0, grace_days=5)
    assert (rights(wu), rights(chen)) == ((False, False), (False, True))
    activate(session, chen, draft)
    with pytest.raises(NotFound):
        draft_view(session, acting(staff=wu), public_id=draft.public_id)


def test_versions_the_latest_first_with_who_and_what(session, vault, site, wu, chen):
    approved_at_once(session, vault, site)
    activate(session, chen, edited(session, wu, hand_in=0, grace_days=5))
    later = activate(session, chen, edited(session, wu, hand_in=1, cure_days=12))
    rows = version_rows(session, acting(staff=wu))
    assert [(one.version, one.state, one.made_by, one.activated_by) for one in rows] == [
        (later, "waiting", "吴一", "陈二"),
        ("2026-11-23.1", "running", "吴一", "陈二"),
        ("2026-11-01.2", "used", "", ""),
        ("2026-11-01.1", "used", "", ""),
    ]
    assert rows[0].changed == (("cure_days", 10, 12),)
    assert rows[0].from_on == acting(now=NOW + timedelta(days=1)).today
    assert rows[3].from_on == date(2026, 11, 1)
    assert rows[3].changed == ()
    assert {one.signed for one in rows} == {0}
