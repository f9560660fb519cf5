"""A draft of the policy: one is open, its maker edits it, what contradicts is not handed over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from app.domain.errors import NotFound
from app.domain.policy import Policy
from app.domain.policy_checks import Contradictory
from app.domain.policy_numbers import NAMES
from app.models import AuditEntry, PolicyDraft, PolicyVersion
from app.services.policies import drafting
from app.services.policies.steps import DraftChanged, DraftOver
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.policies import activate, edited, open_row


def numbers_in(draft):
    return {name: draft.values[name] for name in NAMES}


def save(session, staff, draft, **asked):
    values = {"edition": draft.edition, "numbers": numbers_in(draft)} | asked
    return drafting.save_draft(session, acting(staff=staff), public_id=draft.public_id, **values)


def test_it_begins_as_the_version_in_force_under_a_name_of_its_own(session, wu):
    public_id = drafting.begin_draft(session, acting(staff=wu))
    draft = open_row(session)
    running = session.scalars(select(PolicyVersion).where(PolicyVersion.is_active)).one()
    assert (draft.public_id, draft.version, draft.base_version) == (
        public_id,
        "2026-11-23.1",
        running.version,
    )
    own = Policy.from_values({**running.values, "version": draft.version})
    assert Policy.from_values(draft.values) == own


def test_one_is_open_whoever_begins_another(session, wu, chen):
    first = drafting.begin_draft(session, acting(staff=wu))
    assert drafting.begin_draft(session, acting(staff=chen)) == first
    drafting.drop_draft(session, acting(staff=chen), public_id=first)
    drafting.drop_draft(session, acting(staff=chen), public_id=first)  # once
    second = drafting.begin_draft(session, acting(staff=chen))
    assert second != first
    assert open_row(session).version == "2026-11-23.2"
    actions = session.scalars(select(AuditEntry.action).order_by(AuditEntry.seq)).all()
    assert actions == ["policy.drafted", "policy.dropped", "policy.drafted"]


def test_what_is_saved_is_on_record_with_what_it_was(session, wu):
    draft = edited(session, wu, grace_days=5)
    assert (draft.values["grace_days"], draft.edition, draft.state) == (5, 2, "open")
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.action, entry.before) == ("policy.edited", {"grace_days": 3})
    assert entry.after == {"grace_days": 5, "state": "open", "edition": 2}


def test_only_its_maker_edits_it(session, wu, chen):
    draft = edited(session, wu, grace_days=5)
    with pytest.raises(drafting.NotTheMaker):
        save(session, chen, draft)


def test_an_earlier_edition_is_not_saved_over_a_later_one(session, wu):
    draft = edited(session, wu, grace_days=5)
    with pytest.raises(DraftChanged):
        save(session, wu, draft, edition=1)
    assert open_row(session).values["grace_days"] == 5


def test_what_contradicts_is_saved_and_not_handed_over(session, wu):
    draft = edited(session, wu, min_periods=40)
    with pytest.raises(Contradictory):
        save(session, wu, draft, hand_from=acting().today)
    assert open_row(session).state == "open"


def test_without_a_change_nothing_is_handed_over(session, wu):
    drafting.begin_draft(session, acting(staff=wu))
    with pytest.raises(drafting.SameAsBefore):
        save(session, wu, open_row(session), hand_from=acting().today)


def test_it_counts_from_today_at_the_earliest_and_not_before_the_version_before(session, wu, chen):
    draft = edited(session, wu, grace_days=5)
    yesterday = acting().today - timedelta(days=1)
    with pytest.raises(drafting.DayTooEarly):
        save(session, wu, draft, hand_from=yesterday)
    activate(session, chen, edited(session, wu, hand_in=7, grace_days=5))
    draft = edited(session, wu, grace_days=6)
    with pytest.raises(drafting.DayTooEarly) as told:
        save(session, wu, draft, hand_from=acting().today)
    assert told.value.values == {"day": "2026-11-30"}


def test_what_was_handed_over_is_edited_only_once_taken_back(session, wu, chen):
    draft = edited(session, wu, hand_in=0, grace_days=5)
    with pytest.raises(DraftOver):
        save(session, wu, draft)
    with pytest.raises(drafting.NotTheMaker):
        drafting.take_back_draft(session, acting(staff=chen), public_id=draft.public_id)
    drafting.take_back_draft(session, acting(staff=wu), public_id=draft.public_id)
    drafting.take_back_draft(session, acting(staff=wu), public_id=draft.public_id)  # once
    assert (open_row(session).state, open_row(session).edition) == ("open", 3)


def test_what_is_over_is_over_and_what_is_not_there_is_not_found(session, wu, chen):
    draft = edited(session, wu, hand_in=0, grace_days=5)
    activate(session, chen, draft)
    with pytest.raises(DraftOver):
        drafting.drop_draft(session, acting(staff=wu), public_id=draft.public_id)
    with pytest.raises(NotFound):
        drafting.drop_draft(session, acting(staff=wu), public_id="x")


@pytest.mark.parametrize(
    "wrong",
    [
        {"state": "activated", "is_open": False, "activated_person": "person"},
        {"state": "activated", "is_open": False},
        {"state": "dropped"},
        {"state": "open", "is_open": False},
    ],
)
def test_the_table_itself_refuses_what_may_not_be(session, wrong):
    values = {
        "version": "x",
        "base_version": "y",
        "values": {},
        "state": "open",
        "is_open": True,
        "made_by": "staff:a",
        "made_person": "person",
        "made_at": NOW,
        "changed_at": NOW,
    }
    session.add(PolicyDraft(**(values | wrong)))
    with pytest.raises(IntegrityError):
        session.flush()
