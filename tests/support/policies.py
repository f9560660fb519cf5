"""Drafts of the policy, made and handed over as administrators do."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.policy_numbers import NAMES
from app.models import PolicyDraft
from app.services.policies import activating, drafting
from tests.support.acting import acting
from tests.support.clock import NOW


def open_row(session) -> PolicyDraft:
    """The draft that is open, as it is stored now."""
    query = select(PolicyDraft).where(PolicyDraft.is_open)
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def edited(session, maker, *, now=NOW, hand_in=None, **numbers) -> PolicyDraft:
    """A draft with other numbers; handed over, to count in so many days, where that is said."""
    context = acting(now=now, staff=maker)
    public_id = drafting.begin_draft(session, context)
    draft = open_row(session)
    kept = {name: value for name, value in draft.values.items() if name in NAMES}
    drafting.save_draft(
        session,
        context,
        public_id=public_id,
        edition=draft.edition,
        numbers=kept | numbers,
        hand_from=None if hand_in is None else context.today + timedelta(days=hand_in),
    )
    return open_row(session)


def activate(session, checker, draft: PolicyDraft, *, now=NOW) -> str:
    return activating.activate_draft(
        session,
        acting(now=now, staff=checker),
        public_id=draft.public_id,
        edition=draft.edition,
    )
