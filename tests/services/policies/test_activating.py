"""A draft is activated by a second person, from a day on; plans keep the version that judged
them.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app.domain.plan import FiguresChanged
from app.models import AuditEntry, PlanVersion, PolicyVersion, Verdict
from app.services.core.policy import CACHED, TODAY, active_policy, forget_policy
from app.services.policies import activating, drafting
from app.services.policies.steps import DraftChanged, DraftOver
from app.services.upkeep.attested import unattested_rows
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.policies import activate, edited
from tests.support.proposals import answered, approved_at_once, make_staff, submit

NEXT_DAY = NOW + timedelta(days=1)


@pytest.fixture
def day(session):
    """Tells the session which day it is, as where sessions are made."""

    def be(now):
        forget_policy(session)
        session.info[TODAY] = lambda: acting(now=now).today

    yield be
    session.info.pop(TODAY, None)
    forget_policy(session)


def in_force(session):
    return session.scalars(select(PolicyVersion.version).where(PolicyVersion.is_active)).all()


def test_from_today_on_it_is_in_force_at_once(session, wu, chen):
    version = activate(session, chen, edited(session, wu, hand_in=0, grace_days=5))
    assert in_force(session) == [version] == ["2026-11-23.1"]
    assert active_policy(session)[1].kept.grace_days == 5
    row = session.scalars(select(PolicyVersion).where(PolicyVersion.version == version)).one()
    assert (row.made_by, row.activated_by) == (wu.author, chen.author)
    assert (row.from_on, row.values["version"]) == (acting().today, version)


def test_the_trail_attests_it_and_tells_what_changed(session, wu, chen):
    activate(session, chen, edited(session, wu, hand_in=0, grace_days=5))
    entry = session.scalars(select(AuditEntry).order_by(AuditEntry.seq.desc()).limit(1)).one()
    assert (entry.action, entry.object_id) == ("policy.activated", "2026-11-23.1")
    assert entry.after["numbers"] == {"grace_days": [3, 5]}
    assert list(unattested_rows(session)) == []


def test_who_made_it_never_activates_it_also_not_by_a_second_account(session, wu):
    draft = edited(session, wu, hand_in=0, grace_days=5)
    second = make_staff(session, roles=("admin",), person_id=wu.person_id)
    for same in (wu, second):
        with pytest.raises(activating.MakerActivates):
            activate(session, same, draft)
    assert in_force(session) == ["2026-11-01.2"]


def test_it_is_activated_once(session, wu, chen):
    draft = edited(session, wu, hand_in=0, grace_days=5)
    assert activate(session, chen, draft) == activate(session, chen, draft)
    with pytest.raises(DraftOver):
        activate(session, make_staff(session, roles=("admin",)), draft)


def test_what_is_still_edited_or_was_edited_since_is_not_activated(session, wu, chen):
    draft = edited(session, wu, grace_days=5)
    with pytest.raises(DraftOver):
        activate(session, chen, draft)
    read = edited(session, wu, hand_in=0, grace_days=6).edition
    drafting.take_back_draft(session, acting(staff=wu), public_id=draft.public_id)
    draft = edited(session, wu, hand_in=0, grace_days=7)
    with pytest.raises(DraftChanged):
        activating.activate_draft(
            session, acting(staff=chen), public_id=draft.public_id, edition=read
        )
    assert in_force(session) == ["2026-11-01.2"]


def test_a_version_that_came_meanwhile_is_not_undone(session, wu, chen):
    draft = edited(session, wu, hand_in=0, grace_days=5)
    other = PolicyVersion(
        version="release",
        values=dict(draft.values),
        made_by="design",
        made_at=NOW,
        activated_by="release",
        activated_at=NOW,
        from_on=acting().today,
        is_active=False,
    )
    session.add(other)
    session.commit()
    with pytest.raises(activating.BaseChanged):
        activate(session, chen, draft)


def test_a_later_day_is_waited_for(session, wu, chen, day):
    version = activate(session, chen, edited(session, wu, hand_in=1, grace_days=5))
    assert in_force(session) == ["2026-11-01.2"]
    day(NOW)
    assert active_policy(session)[0] == "2026-11-01.2"
    # On its day it is the one, whether the job has come by or not.
    day(NEXT_DAY)
    assert active_policy(session)[0] == version
    assert activating.put_in_force(session, acting()) == 0
    assert activating.put_in_force(session, acting(now=NEXT_DAY)) == 1
    assert activating.put_in_force(session, acting(now=NEXT_DAY)) == 0
    assert in_force(session) == [version]
    assert active_policy(session)[0] == version
    assert list(unattested_rows(session)) == []


def test_of_one_day_the_later_version_is_in_force(session, wu, chen, day):
    activate(session, chen, edited(session, wu, hand_in=1, grace_days=5))
    second = activate(session, chen, edited(session, wu, hand_in=1, cure_days=12))
    day(NEXT_DAY)
    version, policy = active_policy(session)
    assert (version, policy.kept.grace_days, policy.kept.cure_days) == (second, 5, 12)
    activating.put_in_force(session, acting(now=NEXT_DAY))
    assert in_force(session) == [second]


def test_a_day_that_has_passed_is_today(session, wu, chen):
    version = activate(session, chen, edited(session, wu, hand_in=0, grace_days=5), now=NEXT_DAY)
    row = session.scalars(select(PolicyVersion).where(PolicyVersion.version == version)).one()
    assert row.from_on == acting(now=NEXT_DAY).today
    assert in_force(session) == [version]


def test_the_next_proposal_is_judged_by_it_the_ones_before_keep_theirs(
    session, vault, site, wu, chen
):
    first = approved_at_once(session, vault, site)
    shown = answered(session, vault)
    version = activate(session, chen, edited(session, wu, hand_in=0, at_once_periods=6))
    second = submit(session, vault, site, answered(session, vault))
    rows = {one.public_id: one for one in session.scalars(select(PlanVersion))}
    assert rows[first].policy_version == "2026-11-01.2"
    assert (rows[second].policy_version, rows[second].state) == (version, "submitted")
    assert rows[second].terms["policy_version"] == version
    broken = select(Verdict.rule).where(
        Verdict.version_id == rows[second].id, Verdict.held.is_(False)
    )
    assert session.scalars(broken).all() == ["periods_within_limit"]
    # What was shown under the version before is shown again.
    with pytest.raises(FiguresChanged):
        submit(session, vault, site, shown)


def test_a_proposal_that_is_being_computed_is_judged_by_the_version_it_read(
    session, vault, site, wu, chen
):
    shown = answered(session, vault)
    draft = edited(session, wu, hand_in=0, at_once_periods=6)
    active_policy(session)
    read = session.info[CACHED]
    activate(session, chen, draft)
    # The request of the borrower is another session, which has read the version before.
    session.info[CACHED] = read
    version = submit(session, vault, site, shown)
    row = session.scalars(select(PlanVersion).where(PlanVersion.public_id == version)).one()
    assert (row.policy_version, row.state) == ("2026-11-01.2", "approved")


@pytest.mark.parametrize(
    "change", [{"version": "other"}, {"from_on": None}, {"made_by": "x"}, {"activated_by": "x"}]
)
def test_nobody_changes_a_version_afterwards(session, wu, chen, change):
    activate(session, chen, edited(session, wu, hand_in=0, grace_days=5))
    with pytest.raises(DBAPIError, match="stays"), session.begin_nested():
        session.execute(
            PolicyVersion.__table__.update()
            .where(PolicyVersion.version == "2026-11-23.1")
            .values(**change)
        )


def test_nobody_deletes_a_version(session):
    with pytest.raises(DBAPIError, match="stays"), session.begin_nested():
        session.execute(PolicyVersion.__table__.delete())
