"""A person answers what a break, or money that came to light, has brought: once, with words that
the borrower reads.
"""

from types import MappingProxyType

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.errors import NotFound, RuleBroken
from app.domain.texts import N_
from app.models import Plan, PlanMatter
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import KeyReused
from app.services.core.transaction import transaction
from app.services.outbox.occasions import Occasion
from app.services.upholding.telling import tell

LONGEST = 500


class MatterWordsNeeded(RuleBroken):
    """An answer without words, or with too many."""

    code = "matter_words_needed"
    message = N_("请写给本人的话，最多 %(most)s 字")
    values = MappingProxyType({"most": LONGEST})


class MatterAnswered(RuleBroken):
    """A colleague was first."""

    code = "matter_answered"
    message = N_("同事刚刚已经答复了，请刷新后看")


def answer_matter(
    session: Session, context: Context, *, public_id: str, words: str, request_key: str
) -> None:
    """Answer a matter of a plan with words its borrower reads on the plan's page; an SMS says that
    there is an answer.

    Idempotent on: request_key.
    Raises: NotFound, MatterWordsNeeded, MatterAnswered, KeyReused.
    Source: rules part 1, how a signed plan is kept: after a break.
    """
    said = words.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST:
        raise MatterWordsNeeded
    with transaction(session):
        query = select(PlanMatter).where(PlanMatter.public_id == public_id).with_for_update()
        matter = session.scalars(query, execution_options={"populate_existing": True}).one_or_none()
        if matter is None:
            raise NotFound
        if matter.answered_at is not None:
            if matter.request_key == request_key:
                return
            raise MatterAnswered
        taken = select(PlanMatter.id).where(PlanMatter.request_key == request_key)
        if session.scalar(taken) is not None:
            raise KeyReused
        _answer(session, context, matter, said, request_key)


def _answer(
    session: Session, context: Context, matter: PlanMatter, said: str, request_key: str
) -> None:
    matter.words_enc = context.vault.seal(
        said, table="plan_matters", row=matter.public_id, column="words"
    )
    matter.key_version, matter.request_key = context.vault.key_version, request_key
    matter.answered_at, matter.answered_by = context.now, context.actor.who
    session.flush()
    plan = session.get_one(Plan, matter.plan_id)
    audit.record(
        session,
        context,
        action="matter.answered",
        object_kind="plan",
        object_id=plan.number,
        after={"kind": matter.kind},
    )
    tell(
        session,
        context,
        plan=plan,
        template="plan_answered",
        key=f"matter:{matter.public_id}",
        about=Occasion("plan", plan.public_id, plan.state),
    )
