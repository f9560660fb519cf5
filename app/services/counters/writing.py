"""Staff write a counter-offer: it goes to its borrower at once where the author's authority
reaches, else it waits for those who release it.
"""

import hashlib
import json
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from app.domain.authority import may_approve
from app.domain.errors import RuleBroken
from app.domain.states import LENDER, UNANSWERED
from app.domain.texts import N_
from app.models import PlanVersion, new_public_id
from app.services.cases.owners import MakerIsChecker, own_case, record_taken
from app.services.cases.steps import BeyondAuthority, FiguresBeingChecked, PreviewChanged
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.request_keys import Request, keep_reply, reply_before
from app.services.core.transaction import rehearse, transaction
from app.services.counters.basis import CounterBasis, CounterMade, counter_basis, counter_of
from app.services.counters.queries import CounterShown, shown_counter
from app.services.counters.steps import (
    Dropped,
    checked_words,
    drop_draft,
    keep_words,
    let_go,
    record_dropped,
    record_let_go,
    waiting_draft,
)
from app.services.counters.wishes import CounterWish
from app.services.hardship.records import seal_hardship
from app.services.plans.steps import LockedVersion, keep_parts, keep_verdict, lock_version
from app.services.plans.version_queries import next_number

ROUTE = "plan.counter"


class CounterWaiting(RuleBroken):
    """A counter-offer of this plan waits to be released already: one at a time."""

    code = "counter_waiting"
    message = N_("这个方案已经有一份建议在等放行，请先看那一份")


class NobodysAuthority(RuleBroken):
    """So many instalments nobody may give."""

    code = "nobodys_authority"
    message = N_("期数超过最多能给的 %(most)s 期")


class NothingDiffers(RuleBroken):
    """A counter-offer with the very terms it answers is an approval, not a counter-offer."""

    code = "nothing_differs"
    message = N_("和现在这一版一样，没有改动；照原样同意的话，请直接答复同意")


@dataclass(frozen=True)
class CounterText:
    """What goes with a counter-offer: words for its borrower, a summary for who releases it."""

    words: str
    summary: str = ""


def rehearse_counter(
    session: Session,
    context: Context,
    *,
    version_public_id: str,
    wish: CounterWish,
    text: CounterText,
) -> CounterShown:
    """Return exactly what a counter-offer would bring its borrower once it is released: it is
    written and let go by the same steps, read, and rolled back.

    Raises: as write_counter, but for KeyReused and PreviewChanged.
    """

    def let_go_at_once() -> CounterShown:
        written = _write(session, context, version_public_id, wish, text)
        releases = written.counter.version.releases_needed
        written.counter.version.releases_needed = 0
        session.flush()
        sms = let_go(session, context, parent=written.parent, counter=written.counter).sms
        shown = shown_counter(
            session,
            context,
            borrower_id=written.counter.plan.borrower_id,
            version_public_id=written.counter.version.public_id,
            sms=sms,
        )
        return replace(shown, releases_needed=releases, sha256=written.sha256)

    return rehearse(session, steps=let_go_at_once)


def write_counter(
    session: Session,
    context: Context,
    *,
    version_public_id: str,
    wish: CounterWish,
    text: CounterText,
    shown_sha256: str,
    request_key: str,
) -> str:
    """Put other terms beside a version, signed by their author; return the new version's public id.

    Within the author's authority it lies with its borrower at once, in the place of the version it
    answers; beyond, it waits for those who release it, and the version stands until then.
    Idempotent on: request_key with the same content.
    Raises: NotFound, StateChanged, CaseOwnedByAnother, HandedUp, MakerIsChecker, CounterWaiting,
            BeyondAuthority, NobodysAuthority, NothingDiffers, CounterWordsNeeded, BannedWords,
            FiguresBeingChecked, PreviewChanged, KeyReused, and what the rules refuse of the terms.
    Source: default policy, authority; product, states.
    """
    request = Request(
        context.staff.author, ROUTE, request_key, _body(version_public_id, wish, text)
    )
    with transaction(session):
        lock_version(session, context, version_public_id=version_public_id)
        before = reply_before(session, request=request)
        if before is not None:
            return str(before["version"])
        written = _write(session, context, version_public_id, wish, text)
        if written.sha256 != shown_sha256:
            raise PreviewChanged
        public_id = written.counter.version.public_id
        keep_reply(session, context, request=request, version=public_id)
        done = None
        if not written.counter.version.releases_needed:
            done = let_go(session, context, parent=written.parent, counter=written.counter)
        elif written.counter.case.waits_for == "us":
            # The clock runs on: it is still ours.
            written.counter.case.waits_for = "second_person"
            session.flush()
        _record(session, context, written)
        if done is not None:
            record_let_go(session, context, done=done)
        return public_id


@dataclass(frozen=True)
class _Written:
    parent: LockedVersion
    counter: LockedVersion
    sha256: str
    was_taken: bool
    dropped: Dropped | None


def _write(
    session: Session, context: Context, version_public_id: str, wish: CounterWish, text: CounterText
) -> _Written:
    """Store a counter-offer that nobody has seen, on record."""
    parent = lock_version(session, context, version_public_id=version_public_id)
    basis = counter_basis(session, context, version_public_id=version_public_id)
    _check_author(context, parent)
    was_taken = _own(session, context, parent)
    dropped = _make_room(session, context, parent)
    counter = counter_of(session, basis=basis, wish=wish)
    releases = _releases(context, basis, counter)
    words = checked_words(text.words)
    summary = checked_words(text.summary, is_needed=bool(releases))
    _check_differs(basis, counter)

    version = _store(
        session, context, parent=parent, basis=basis, counter=counter, releases=releases
    )
    keep_words(session, context, version=version, kind="borrower", words=words)
    keep_words(session, context, version=version, kind="summary", words=summary)
    version.sealed_at = context.now
    session.flush()
    locked = lock_version(session, context, version_public_id=version.public_id)
    sha256 = preview_sha256(counter.made.sha256, words, releases)
    return _Written(parent, locked, sha256, was_taken, dropped)


def _record(session: Session, context: Context, written: _Written) -> None:
    version = written.counter.version
    if written.dropped is not None:
        record_dropped(session, context, done=written.dropped)
    if written.was_taken:
        record_taken(session, context, locked=written.parent)
    audit.record(
        session,
        context,
        action="plan.counter_written",
        object_kind="plan_version",
        object_id=version.public_id,
        after={
            "state": "draft",
            "total_fen": version.total_fen,
            "terms_sha256": version.terms_sha256,
            "policy_version": version.policy_version,
            "answers": written.parent.version.public_id,
        },
    )


def preview_sha256(terms_sha256: str, words: str, releases: int) -> str:
    """Hash what is shown before a counter-offer goes on: terms, words, how many release it."""
    told = json.dumps([terms_sha256, words, releases], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


def _check_author(context: Context, parent: LockedVersion) -> None:
    made_by = parent.version.author_person
    if parent.version.author_kind == "staff" and made_by == context.staff.person_id:
        raise MakerIsChecker
    if any(loan.missing_since_on for loan in parent.loans):
        raise FiguresBeingChecked


def _own(session: Session, context: Context, parent: LockedVersion) -> bool:
    """Take a case that waits for our answer; one with its borrower is nobody's."""
    return parent.version.state in UNANSWERED and own_case(session, context, locked=parent)


def _make_room(session: Session, context: Context, parent: LockedVersion) -> Dropped | None:
    """End what was written for a version that no longer stands; what waits for this one stays."""
    draft = waiting_draft(session, plan_id=parent.plan.id)
    if draft is None:
        return None
    if draft.parent_id == parent.version.id:
        raise CounterWaiting
    stale = lock_version(session, context, version_public_id=draft.public_id)
    return drop_draft(session, locked=stale, to="superseded", action="plan.counter_overtaken")


def _releases(context: Context, basis: CounterBasis, counter: CounterMade) -> int:
    needed, roles = counter.needed, context.staff.roles
    if needed.level == "nobody":
        raise NobodysAuthority(most=basis.policy.authority.supervisor_periods)
    if not roles & {"agent", "supervisor"}:
        raise BeyondAuthority
    releases = needed.releases_after(roles)
    if not releases and not may_approve(needed, roles):
        raise BeyondAuthority
    return releases


def _check_differs(basis: CounterBasis, counter: CounterMade) -> None:
    mine, theirs = counter.terms, basis.terms
    same = [
        (one.kind, one.periods, one.pay_day, one.first_on, one.total_fen, one.instalments)
        for one in (mine, theirs)
    ]
    if same[0] == same[1] and mine.loans == theirs.loans:
        raise NothingDiffers


def _store(
    session: Session,
    context: Context,
    *,
    parent: LockedVersion,
    basis: CounterBasis,
    counter: CounterMade,
    releases: int,
) -> PlanVersion:
    """Store the version with its parts and verdict; it is sealed with its words."""
    made = counter.made
    public_id = new_public_id()
    version = PlanVersion(
        public_id=public_id,
        plan_id=parent.plan.id,
        number=next_number(session, plan_id=parent.plan.id),
        parent_id=parent.version.id,
        kind=made.option.kind,
        state="draft",
        author_kind=LENDER,
        author_person=context.staff.person_id,
        releases_needed=releases,
        start_on=basis.proposal.today,
        hardship_enc=_told(context, basis, public_id),
        moved_months=0,
        total_fen=made.option.total_fen,
        terms=made.terms,
        terms_sha256=made.sha256,
        policy_version=basis.proposal.policy_version,
        decide_by_on=parent.version.decide_by_on,
    )
    session.add(version)
    session.flush()
    keep_parts(session, version=version, loans=parent.loans)
    keep_verdict(session, context, version_id=version.id, results=made.option.results)
    session.flush()
    return version


def _told(context: Context, basis: CounterBasis, public_id: str) -> bytes | None:
    """What was told in confidence goes along with every version of the plan."""
    if basis.version.hardship_enc is None:
        return None
    return seal_hardship(basis.told, vault=context.vault, table="plan_versions", row=public_id)


def _body(version_public_id: str, wish: CounterWish, text: CounterText) -> str:
    told = json.dumps([version_public_id, repr(wish), text.words, text.summary])
    return hashlib.sha256(told.encode()).hexdigest()
