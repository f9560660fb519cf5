"""A refusal, the appeal against it, and staff who answer."""

from dataclasses import replace
from itertools import count

from sqlalchemy import select

from app.models import Appeal, Decision, PlanVersion
from app.services.cases.appeal_queries import appeal_text
from app.services.cases.appeals import file_appeal
from app.services.cases.deciding import APPEAL, decide_version, rehearse_answer
from app.services.cases.steps import Reply
from app.services.core.context import Actor
from tests.support.acting import acting
from tests.support.clock import NOW
from tests.support.proposals import actor_of, answered, decide, make_staff, submit

WORDS = "我下个月开始上班，能按这个数还。"
_numbers = count(1)


def refused(session, vault, site, *, decider=None, now=NOW, **answers):
    """(borrower, version) of a plan that a person refused."""
    proposed = answered(session, vault, disputed=True, now=now, **answers)
    version = submit(session, vault, site, proposed, now=now)
    decide(session, vault, site, version, decider or make_staff(session), answer="refuse", now=now)
    session.refresh(proposed.borrower)  # the rehearsal rolled back
    return proposed.borrower, version


def appeal_of(session, vault, version):
    """The appeal against the refusal of a version as staff read it; None without one."""
    query = select(Appeal).join(PlanVersion, PlanVersion.id == Appeal.version_id)
    found = session.scalars(query.where(PlanVersion.public_id == version)).one_or_none()
    return None if found is None else appeal_text(acting(vault=vault), appeal=found)


def appeal(session, vault, borrower, version, *, words=WORDS, key=None, now=NOW, **overrides):
    values = {"borrower_id": borrower.id}
    file_appeal(
        session,
        acting(now=now, actor=actor_of(borrower), vault=vault),
        version_public_id=version,
        words=words,
        request_key=key or f"appeal-{next(_numbers)}",
        **(values | overrides),
    )


def answer(
    session,
    vault,
    site,
    version,
    decider,
    *,
    answer="approve",
    words="",
    reason=None,
    key=None,
    now=NOW,
):
    """Rehearse an answer as the desk does, then give it."""
    reason = reason or {"approve": "within_means", "refuse": "amount_too_low"}[answer]
    words = words or ("" if answer == "approve" else "看过了，还是太久，想和您再商量。")
    reply = Reply(answer, reason, words, key or f"answer-{next(_numbers)}")
    actor = Actor(f"staff:{decider.staff_id}", "127.0.0.1")
    context = acting(now=now, actor=actor, vault=vault, site=site, staff=decider)
    if not session.scalars(
        select(Decision.id).where(Decision.request_key == reply.request_key)
    ).first():
        reply = replace(
            reply,
            shown_sha256=rehearse_answer(
                session, context, version_public_id=version, reply=reply, turn=APPEAL
            ).sha256,
        )
    decide_version(session, context, version_public_id=version, reply=reply, turn=APPEAL)
