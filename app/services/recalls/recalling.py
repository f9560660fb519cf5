"""An offer that lies with its borrower is recalled with a reason: a counter-offer, or an approval
whose loans' figures changed. Rehearsed word by word, then done once.
"""

from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import RuleBroken
from app.domain.states import LENDER
from app.domain.texts import N_
from app.services.cases.steps import AnswerShown, PreviewChanged, hold_end
from app.services.core import audit
from app.services.core.context import Context
from app.services.core.transaction import rehearse, transaction
from app.services.counters.steps import checked_words, keep_words
from app.services.loans.changed_figures import ChangedLoan, are_known, changed_loans
from app.services.plans.expiring import is_past
from app.services.plans.status_queries import plan_status
from app.services.plans.steps import (
    LockedVersion,
    StateChanged,
    close_plan,
    end_hold,
    end_ownership,
    lock_version,
    move_version,
    tell_borrower,
)
from app.services.recalls.queries import is_theirs


class SignedMeanwhile(StateChanged):
    """Its borrower has signed it: what both have signed is recalled by nobody."""

    code = "signed_meanwhile"
    message = N_("本人已经签字，不能再收回")


class EndedMeanwhile(StateChanged):
    """It ended in another way: taken back, changed, or past its last day."""

    code = "ended_meanwhile"
    message = N_("这一版已经不在本人那里了，不用收回，请刷新后再看")


class FiguresUnchanged(RuleBroken):
    """Nothing that was owed has changed since: the lender stands by what it approved."""

    code = "figures_unchanged"
    message = N_("借款的数字和同意时一样，已经同意的不能收回")


class FiguresUnknown(RuleBroken):
    """A loan is missing from the file: nobody can say whether its figures changed."""

    code = "figures_unknown"
    message = N_("有一笔借款不在最近的文件里，正在核对；这期间本人签不了，不用收回")


class NotTheirsToRecall(RuleBroken):
    """Only who approved or wrote it, or a supervisor, recalls it."""

    code = "not_theirs_to_recall"
    message = N_("由同意或写下它的同事，或者主管来收回")


def rehearse_recall(
    session: Session, context: Context, *, version_public_id: str, words: str
) -> AnswerShown:
    """Return exactly what a recall would bring the borrower: it is done by the same steps, read,
    and rolled back.

    Raises: as recall_version, but for PreviewChanged.
    """
    said = checked_words(words)

    def recalled() -> AnswerShown:
        locked = lock_version(session, context, version_public_id=version_public_id)
        _check(session, context, locked)
        shown, _changes = _recall(session, context, locked, said)
        return shown

    return rehearse(session, steps=recalled)


def recall_version(
    session: Session, context: Context, *, version_public_id: str, words: str, shown_sha256: str
) -> None:
    """Recall an offer that lies with its borrower, with a reason they read: its plan ends, contact
    stays on hold for as long as after a refusal. What was approved is recalled only where the
    figures of a loan changed since it was submitted.

    Idempotent on: the version; one that was recalled before stays as it is.
    Raises: NotFound, SignedMeanwhile, EndedMeanwhile, NotTheirsToRecall, FiguresUnchanged,
            FiguresUnknown, CounterWordsNeeded, BannedWords, PreviewChanged.
    Source: product, states; default policy, hold on collection; ADR 0022.
    """
    said = checked_words(words)
    with transaction(session):
        locked = lock_version(session, context, version_public_id=version_public_id)
        before = locked.version.state
        if before == "recalled" and locked.version.submitted_at:
            return
        changed = _check(session, context, locked)
        shown, changes = _recall(session, context, locked, said)
        if shown.sha256 != shown_sha256:
            raise PreviewChanged
        audit.record(
            session,
            context,
            action="plan.recalled",
            object_kind="plan_version",
            object_id=version_public_id,
            before={"state": before, "owed_fen": {one.loan: one.then_fen for one in changed}},
            after=changes | {"owed_fen": {one.loan: one.now_fen for one in changed}},
        )


def _check(session: Session, context: Context, locked: LockedVersion) -> tuple[ChangedLoan, ...]:
    """Pass where this person may recall the locked version now; return what changed."""
    version = locked.version
    if version.state == "signed":
        raise SignedMeanwhile
    is_counter = version.state == "countered" and version.author_kind == LENDER
    if not (is_counter or version.state == "approved") or is_past(locked):
        raise EndedMeanwhile
    if not is_theirs(session, context, version=version):
        raise NotTheirsToRecall
    changed = changed_loans(session, terms=locked.terms, loans=locked.loans, policy=locked.policy)
    if is_counter:
        return changed
    if not are_known(locked.loans):
        raise FiguresUnknown
    if not changed:
        raise FiguresUnchanged
    return changed


def _recall(
    session: Session,
    context: Context,
    locked: LockedVersion,
    words: str,
) -> tuple[AnswerShown, dict[str, object]]:
    version_public_id = locked.version.public_id
    keep_words(session, context, version=locked.version, kind="recalled", words=words)
    changes = move_version(session, locked=locked, to="recalled")
    close_plan(session, locked=locked)
    end_ownership(locked=locked)
    until = hold_end(session, locked=locked, since_on=beijing_date(locked.now))
    end_hold(session, locked=locked, until=until, by=context.actor.who)
    session.flush()
    # Read anew: the message goes only while the version is as it has just become.
    as_now = lock_version(session, context, version_public_id=version_public_id)
    sms = tell_borrower(
        session,
        context,
        locked=as_now,
        template="plan_recalled",
        key=f"plan-recalled:{version_public_id}",
        values={},
    )
    session.flush()
    page = plan_status(
        session,
        context,
        borrower_id=locked.plan.borrower_id,
        version_public_id=version_public_id,
    )
    return AnswerShown(sms, page), changes
