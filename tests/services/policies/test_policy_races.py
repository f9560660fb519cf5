"""Two activations at once: one version. An edit against an activation: one of the two. Two begin a
draft: one draft.
"""

import pytest
from sqlalchemy import func, select

from app.domain.policy_numbers import NAMES
from app.models import AuditEntry, PolicyDraft, PolicyVersion
from app.services.policies import activating, drafting
from app.services.policies.steps import DraftChanged, DraftOver
from tests.support.acting import acting
from tests.support.policies import edited
from tests.support.proposals import make_staff
from tests.support.races import rounds, run_together

pytestmark = pytest.mark.race
FIRST = 3


def people(database, count):
    with database.sessions() as session:
        return [make_staff(session, roles=("admin",)) for _ in range(count)]


def handed(database, maker, grace_days):
    with database.sessions() as session:
        draft = edited(session, maker, hand_in=0, grace_days=grace_days)
        return draft.public_id, draft.edition, draft.version


def counted(database, version):
    with database.sessions() as session:
        rows = select(func.count()).where(PolicyVersion.version == version)
        entries = select(func.count()).where(
            AuditEntry.action == "policy.activated", AuditEntry.object_id == version
        )
        marked = select(func.count()).where(PolicyVersion.is_active)
        return session.scalar(rows), session.scalar(entries), session.scalar(marked)


def test_of_two_activations_one_counts(database):
    maker, *others = people(database, 3)
    for number in rounds():
        public_id, edition, version = handed(database, maker, FIRST + 1 + number)

        def act(thread, public_id=public_id, edition=edition):
            with database.sessions() as own:
                context = acting(staff=others[thread])
                return activating.activate_draft(own, context, public_id=public_id, edition=edition)

        found = run_together(act, threads=2)
        assert sorted(map(type, found), key=str) == sorted((str, DraftOver), key=str), found
        assert counted(database, version) == (1, 1, 1)


def test_an_edit_comes_before_the_activation_or_not_at_all(database):
    maker, other = people(database, 2)
    ends = set()
    for number in rounds():
        public_id, edition, version = handed(database, maker, FIRST + 1 + number)

        def act(thread, public_id=public_id, edition=edition):
            with database.sessions() as own:
                if thread:
                    context = acting(staff=other)
                    return activating.activate_draft(
                        own, context, public_id=public_id, edition=edition
                    )
                context = acting(staff=maker)
                drafting.take_back_draft(own, context, public_id=public_id)
                draft = own.scalars(select(PolicyDraft).where(PolicyDraft.is_open)).one()
                numbers = {name: draft.values[name] for name in NAMES} | {"cure_days": 99}
                return drafting.save_draft(
                    own, context, public_id=public_id, edition=edition + 1, numbers=numbers
                )

        edit, activation = run_together(act, threads=2)
        if activation == version:
            assert isinstance(edit, DraftOver)
            assert counted(database, version) == (1, 1, 1)
        else:
            assert edit is None
            assert isinstance(activation, DraftOver | DraftChanged)
            assert counted(database, version) == (0, 0, 1)
        ends.add(activation == version)
        with database.sessions() as session:
            cure = select(PolicyVersion.values).where(PolicyVersion.is_active)
            assert session.scalar(cure)["cure_days"] != 99
            for draft in session.scalars(select(PolicyDraft).where(PolicyDraft.is_open)):
                draft.is_open, draft.state = False, "dropped"
            session.commit()
    assert ends


def test_of_two_who_begin_both_get_the_one_draft(database):
    both = people(database, 2)
    for _ in rounds():

        def act(thread):
            with database.sessions() as own:
                return drafting.begin_draft(own, acting(staff=both[thread]))

        first, second = run_together(act, threads=2)
        assert first == second
        with database.sessions() as session:
            drafting.drop_draft(session, acting(staff=both[0]), public_id=first)
