"""What a signature stands on: the version, its text and hash, the loan as it is today, what was
read. Never commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.allocation import Components
from app.domain.calendar import BEIJING, beijing_date
from app.domain.errors import NotFound, RuleBroken
from app.domain.plan import FiguresChanged
from app.domain.plan_terms import PlannedTerms, moved_of, read_terms
from app.domain.policy import Policy, is_stale
from app.domain.texts import N_
from app.models import Borrower, Case, Loan, Plan, PlanVersion
from app.services.agreements.text import AgreementRows, agreement_text, text_sha256
from app.services.core.context import Context
from app.services.core.policy import active_policy
from app.services.identity.holds import MobileHold, mobile_hold
from app.services.loans import figures as loan_figures
from app.services.loans import naming as loan_names
from app.services.loans.left_figures import left_now


class CannotSign(RuleBroken):
    """This version cannot be signed now; each subclass names why."""

    code = "cannot_sign"
    message = N_("这份方案现在不能签字")


class OfferOver(CannotSign):
    """Signed, withdrawn, expired, recalled or not answered yet: there is nothing to sign."""

    code = "offer_over"


class OfferLapsed(CannotSign):
    """The offer was valid until a day that has passed."""

    code = "offer_lapsed"
    message = N_("这份方案的有效期已经过了，还没有签字。可以按今天的情况再提一个")


class BookOld(CannotSign):
    """The lender's file is older than the policy trusts: no plan is signed then."""

    code = "book_old"
    message = N_(
        "贷款机构的数据停了几天，还没有更新。为了不让您签错数，先不能签字；更新以后再来，金额不变"
    )


class LoanUnderCheck(CannotSign):
    """A loan of the plan is not in the lender's file."""

    code = "loan_under_check"
    message = N_("有一笔借款正在核对，核对好之前不能签字；我们会尽快告诉您")


class MobileSettling(CannotSign):
    """The mobile was changed lately: a code sent there signs nothing yet."""

    code = "mobile_settling"
    message = N_(
        "您的登录手机号刚换过。为了防止别人冒用，%(until)s 前先不能签字，之后回来接着签就行；方案的金额不变"
    )


class MobileObjected(CannotSign):
    """Someone at the old number objected to a changed mobile; a person decides."""

    code = "mobile_objected"
    message = N_("有人说换手机号不是您本人办的，我们在核实。核实好之前先不能签字；方案的金额不变")


class OwesLess(CannotSign):
    """Less is owed of a loan for the day of the submission than was known then: a payment came in,
    the file was put right, or days became free by an appeal against an older refusal (ADR 0015).
    """

    code = "owes_less"
    message = N_(
        "借款欠的比提方案时少了，可能是有还款入了账，也可能是有几天不再计息。按原来的数签，您会多还；一步就能按新的数字再提，不用撤回"
    )


class GroundMoved(OwesLess):
    """Money came for the signed plan that it takes the place of, or was taken back: what is left of
    that one is something else now (ADR 0081).
    """

    code = "ground_moved"
    message = N_(
        "提出以后，原来的协议上有了新的还款，剩下的数变了。按原来的数签会不对；一步就能按今天的数再提，不用撤回"
    )


class PersonContested(CannotSign):
    """Two mobiles or names came for the borrower, and nobody has decided yet which is right."""

    code = "person_contested"
    message = N_(
        "您的手机号或姓名在我们这里有两个，要先核对哪个是对的，才能签字。请打客服电话，或者留言让我们回电"
    )


class ClausesMissing(RuleBroken):
    """Not every grave clause was confirmed; `missing` holds their codes."""

    code = "clauses_missing"
    message = N_("还有要紧的内容没有确认，请逐条看过再勾选")

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__()


class TooEarly(RuleBroken):
    """The text was shown for too short a time; `seconds` are left."""

    code = "too_early"
    message = N_("不着急，请再看一会儿。您勾选的都还在")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__()


class OwedNow(NamedTuple):
    """What a loan owes for a version's start by what is known now, in fen."""

    net: Components
    payoff_fen: int


@dataclass(frozen=True)
class Assent:
    """What was shown in this browser, since when, and which clauses were confirmed one by one."""

    shown_sha256: str
    shown_at: datetime | None
    # By clause, when its confirmation reached us.
    clauses: Mapping[str, datetime]


@dataclass(frozen=True)
class SigningBasis:
    """A version with its text as it would be signed now.

    Units: fen; loans in the order of the terms; owed_fen is the pay-off of each, by public id, for
           the version's start by what is known today, owed_net the same by component.
    """

    version: PlanVersion
    plan: Plan
    case: Case
    loans: tuple[Loan, ...]
    borrower: Borrower
    terms: PlannedTerms
    text: Mapping[str, Any]
    sha256: str
    owed_fen: Mapping[str, int]
    owed_net: Mapping[str, Components]
    mobile_hold: MobileHold | None
    policy: Policy
    now: datetime

    @property
    def number(self) -> str:
        """Return the agreement's number."""
        return str(self.text["number"])

    @property
    def clauses(self) -> tuple[str, ...]:
        """Return the codes of the clauses that are confirmed one by one."""
        return tuple(one["code"] for one in self.text["clauses"] if one["confirm"])

    @property
    def as_of_on(self) -> date:
        """Return the date of the file that all its loans are known by; of several the oldest."""
        return min(one.as_of_on for one in self.loans)

    def check_may_sign(self) -> None:
        """Pass where the version may be signed now.

        Raises: a CannotSign that says why not.
        Source: default policy, offers and file older than 3 days; rules part 1, a loan missing from
                the file; I-19.
        """
        until, today = self.version.valid_until_at, beijing_date(self.now)
        if self.version.state == "expired" or (
            self.version.state == "approved" and until and until < self.now
        ):
            raise OfferLapsed
        if self.version.state != "approved":
            raise OfferOver
        if self.borrower.is_contested:
            raise PersonContested
        if self.mobile_hold is not None:
            raise _held(self.mobile_hold)
        if any(one.missing_since_on is not None for one in self.loans):
            raise LoanUnderCheck
        if is_stale(self.policy, (today - self.as_of_on).days):
            raise BookOld
        # Only less is refused. Where more is owed by now the lender stands by its offer (ADR 0022).
        # Loan by loan: what is owed more of one does not make up for what is owed less of another.
        if any(self.owed_fen[one.public_id] < one.payoff_fen for one in self.terms.loans):
            raise GroundMoved if self.terms.replaces else OwesLess
        # What goes over from one agreement to another goes over to the fen.
        if self.terms.replaces and any(
            self.owed_net[one.public_id] != one.owed for one in self.terms.loans
        ):
            raise GroundMoved

    @property
    def refusal(self) -> CannotSign | None:
        """Return why the version cannot be signed now, None where it can."""
        try:
            self.check_may_sign()
        except CannotSign as found:
            return found
        return None

    @property
    def owes_more(self) -> bool:
        """Whether more is owed of a loan by now than the terms say: the lender stands by its offer
        (ADR 0022).
        """
        return any(self.owed_fen[one.public_id] > one.payoff_fen for one in self.terms.loans)

    def check_assent(self, assent: Assent) -> None:
        """Pass where this very text was shown long enough and every grave clause confirmed.

        Raises: FiguresChanged, ClausesMissing, TooEarly.
        Source: M-06, N-11.
        """
        # The hash comes from the signed cookie of this browser: a text shown elsewhere was not
        # shown here.
        if assent.shown_sha256 != self.sha256 or assent.shown_at is None:
            raise FiguresChanged

        missing = tuple(one for one in self.clauses if one not in assent.clauses)
        if missing:
            raise ClausesMissing(missing)

        # Checked here and not by a greyed button: who presses early is told how long is left
        # (ADR 0023).
        left = self.policy.limits.reading_seconds - int(
            (self.now - assent.shown_at).total_seconds()
        )
        if left > 0:
            raise TooEarly(left)


class SigningStanding(NamedTuple):
    """How an offer stands before it is read: why it cannot be signed now, None where it can, and
    whether more is owed by now than it says.
    """

    refusal: CannotSign | None
    owes_more: bool


def signing_standing(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> SigningStanding:
    """Return how an offer stands, as the page to sign it would say.

    Raises: NotFound, also for a version of someone else.
    """
    basis = signing_basis(
        session, context, borrower_id=borrower_id, version_public_id=version_public_id
    )
    return SigningStanding(basis.refusal, basis.owes_more)


def _held(hold: MobileHold) -> CannotSign:
    if hold.until_at is None:
        return MobileObjected()
    at = hold.until_at.astimezone(BEIJING)
    return MobileSettling(until=f"{at.year}年{at.month}月{at.day}日 {at.hour}:{at.minute:02d}")


def signing_basis(
    session: Session, context: Context, *, borrower_id: int, version_public_id: str
) -> SigningBasis:
    """Load what a signature under a borrower's version would stand on, without a lock.

    Raises: NotFound, also for a version of someone else or a draft.
    """
    query = (
        select(PlanVersion, Plan, Case)
        .join(Plan, Plan.id == PlanVersion.plan_id)
        .join(Case, Case.plan_id == Plan.id)
        .where(PlanVersion.public_id == version_public_id, Plan.borrower_id == borrower_id)
        .where(PlanVersion.submitted_at.is_not(None))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound

    version, plan, case = row
    loans = loan_names.loans_in(session, plan_id=plan.id)
    return basis_of(session, context, rows=SignedRows(version, plan, case, loans))


class SignedRows(NamedTuple):
    """A version with its plan, case and the plan's loans, in any order."""

    version: PlanVersion
    plan: Plan
    case: Case
    loans: tuple[Loan, ...]


def basis_of(session: Session, context: Context, *, rows: SignedRows) -> SigningBasis:
    """Return what a signature under a version would stand on, from its rows."""
    version, plan, case, loans = rows
    _version, policy = active_policy(session)
    borrower = session.get_one(Borrower, plan.borrower_id)
    terms = read_terms(version.terms, moved=moved_of(version))
    text = agreement_text(
        AgreementRows(version, plan, loans, borrower),
        vault=context.vault,
        site=context.site,
        policy=policy,
    )
    by_id = {one.public_id: one for one in loans}
    owed = _owed(session, loans, policy, terms)

    return SigningBasis(
        version=version,
        plan=plan,
        case=case,
        loans=tuple(by_id[one.public_id] for one in terms.loans),
        borrower=borrower,
        terms=terms,
        text=text,
        sha256=text_sha256(text),
        # For the day of the submission and not for today: the days since are free (ADR 0005).
        owed_fen={key: one.payoff_fen for key, one in owed.items()},
        owed_net={key: one.net for key, one in owed.items()},
        mobile_hold=mobile_hold(session, context, id_hmac=borrower.id_hmac),
        policy=policy,
        now=context.now,
    )


def _owed(
    session: Session, loans: Sequence[Loan], policy: Policy, terms: PlannedTerms
) -> Mapping[str, OwedNow]:
    """Return what each loan owes for the version's start by what is known now: by the newest file,
    or by where the plan stands that it takes the place of.
    """
    mine = Loan.id.in_([one.id for one in loans])
    found = loan_figures.figures_where(session, mine, policy=policy, today=terms.start_on)
    if terms.replaces:
        return {key: OwedNow(*told) for key, told in left_now(terms, found).items()}
    return {one.loan.public_id: OwedNow(one.owed.net, one.owed.payoff_fen) for one in found}
