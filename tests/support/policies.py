"""Drafts of the policy, made and handed over as administrators do."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.policy_numbers import NAMES
from app.domain.policy_texts import PolicyTexts
from app.models import PolicyDraft
from app.services.core.policy import texts_of
from app.services.policies import activating, drafting
from app.services.policies.latest_queries import latest_version
from tests.support.acting import acting
from tests.support.clock import NOW


def open_row(session) -> PolicyDraft:
    """The draft that is open, as it is stored now."""
    query = select(PolicyDraft).where(PolicyDraft.is_open)
    return session.scalars(query, execution_options={"populate_existing": True}).one()


def edited(session, maker, *, now=NOW, hand_in=None, texts=None, **numbers) -> PolicyDraft:
    """A draft with other numbers and texts; handed over, to count in so many days, if said."""
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
        texts=texts,
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


def texts_with(session, *, words=None, retired=(), added=(), lists=None) -> PolicyTexts:
    """The texts of the latest version with some of them otherwise."""
    before = texts_of(session, version=latest_version(session).version)
    reasons = tuple(
        one._replace(
            words=(words or {}).get(one.code, one.words),
            is_offered=one.is_offered and one.code not in retired,
        )
        for one in before.reasons
    )
    session.rollback()
    return PolicyTexts((*reasons, *added), before.checklists | (lists or {}))
