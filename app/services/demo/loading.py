"""The demo: the example nightly file moved to today, and staff accounts; for development only."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from app.domain.calendar import beijing_date
from app.domain.errors import NotFound
from app.models import Borrower, Contact, Hold, Loan, Plan, Staff
from app.ports.book import Book
from app.ports.vault import Vault
from app.services.core.context import Actor, Context
from app.services.core.policy import active_policy
from app.services.core.transaction import transaction
from app.services.demo.example_book import DemoBook
from app.services.loans.figures import Figures, figures_where
from app.services.nightly.importing import import_book
from app.services.staff import totp
from app.services.staff.accounts import add_staff, normal_username
from app.services.staff.enrolling import enrol_account

ACTOR = Actor("cli:demo")
# Two agents, so that one can fill in what the other decides; two supervisors stand behind what is
# beyond one.
STAFF = (
    ("agent", "林客服", "agent"),
    ("agent2", "苏客服", "agent"),
    ("supervisor", "周主管", "supervisor"),
    ("supervisor2", "吴主管", "supervisor"),
    ("finance", "郑财务", "finance"),
    ("compliance", "韩合规", "compliance"),
    ("admin", "冯管理员", "admin"),
    ("admin2", "陈管理员", "admin"),  # what one makes another activates
)
# A debt on which every page of the journey shows something: not settled in one sum, and approved at
# once.
PAYOFF_FEN = range(300_000, 1_000_000)
Kind = Callable[["_Person"], bool]


@dataclass(frozen=True)
class DemoBorrower:
    """Someone to sign in as."""

    mobile: str
    id_last4: str
    loans: tuple[str, ...]


@dataclass(frozen=True)
class DemoStaff:
    """A staff account with its published password and the secret of its authenticator."""

    username: str
    password: str
    totp_secret: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Demo:
    """Who may sign in."""

    borrowers: tuple[DemoBorrower, ...]
    staff: tuple[DemoStaff, ...]


@dataclass(frozen=True)
class _Person:
    borrower: Borrower
    loans: tuple[Figures, ...]
    is_touched: bool
    shares_mobile: bool

    @property
    def is_plain(self) -> bool:
        """Whether nothing marks the loans and nobody else has the mobile."""
        marked = any(
            one.loan.difference or one.loan.over_ceiling or one.loan.missing_since_on
            for one in self.loans
        )
        return not (marked or self.shares_mobile)

    @property
    def days(self) -> tuple[int, ...]:
        return tuple(one.owed.days_past_due for one in self.loans)


def load_demo(session: Session, context: Context, *, example: Book) -> Demo:
    """Load the example file into a database without loans and open the staff accounts that are
    missing.

    Idempotent: what is there already stays as it is. The first borrower has no plan, hold,
                preference or contact.
    """
    if session.scalar(select(Loan.id).limit(1)) is None:
        ceiling_ppm = active_policy(session)[1].amounts.ceiling_ppm
        book = DemoBook(example, as_of=beijing_date(context.now), ceiling_ppm=ceiling_ppm)
        import_book(session, context.by(ACTOR), book=book)
    return Demo(_borrowers(session, context), tuple(_staff(session, context)))


def demo_code_of(session: Session, context: Context, *, username: str) -> str:
    """Return the code the authenticator of a demo account shows now.

    Raises: NotFound for any other account.
    """
    name = normal_username(username)
    staff = session.scalar(select(Staff).where(Staff.username == name))
    secret = totp.secret_of(context.vault, staff) if staff is not None else None
    if secret is None or name not in {one[0] for one in STAFF}:
        raise NotFound
    return totp.current_code(secret, context.now)


def _staff(session: Session, context: Context) -> list[DemoStaff]:
    there = set(session.scalars(select(Staff.username)))
    accounts = []
    for username, display_name, role in STAFF:
        # Published on purpose; the command refuses to run in production.
        password = f"demo-{username}-2026"
        if username not in there:
            add_staff(
                session,
                context.by(ACTOR),
                username=username,
                display_name=display_name,
                password=password,
                roles=(role,),
            )

        secret = _enrolled(session, context.by(ACTOR), username)
        accounts.append(DemoStaff(username, password, secret, (role,)))

    return accounts


def _enrolled(session: Session, context: Context, username: str) -> str:
    """The secret of an account; one that has none is enrolled."""
    named = select(Staff).where(Staff.username == username)
    staff = session.scalars(named).one()
    secret = totp.secret_of(context.vault, staff)
    if secret is None:
        secret = totp.new_secret()
        with transaction(session):
            staff = session.scalars(named.with_for_update()).one()
            enrol_account(session, context, staff=staff, secret=secret)
    return secret


def _borrowers(session: Session, context: Context) -> tuple[DemoBorrower, ...]:
    people = _people(session, context)
    chosen: list[_Person] = []
    for kind in _KINDS:
        # A kind that no one fits is left out, so that another example file still makes a demo.
        fitting = [one for one in people if one not in chosen and kind(one)]
        chosen += fitting[:1]
    return tuple(_told(one, context.vault) for one in chosen)


def _people(session: Session, context: Context) -> list[_Person]:
    """Return everyone in the file, those nobody has tried yet first."""
    loans: dict[int, list[Figures]] = {}
    policy, today = active_policy(session)[1], beijing_date(context.now)
    for figures in figures_where(session, policy=policy, today=today):
        loans.setdefault(figures.loan.borrower_id, []).append(figures)

    touched = set(
        session.scalars(select(Borrower.id).where(_has(Plan) | _has(Hold) | _has(Contact)))
    )
    borrowers = session.scalars(select(Borrower).order_by(Borrower.customer_no)).all()
    mobiles = Counter(one.mobile_hmac for one in borrowers)
    people = [
        _Person(one, tuple(loans[one.id]), one.id in touched, mobiles[one.mobile_hmac] > 1)
        for one in borrowers
        if one.id in loans
    ]

    # Who was not tried yet comes first: after a day of playing the list still begins with a clean
    # story.
    return sorted(people, key=lambda one: one.is_touched)


def _has(model: type[Plan] | type[Hold] | type[Contact]) -> ColumnElement[bool]:
    return exists().where(model.borrower_id == Borrower.id)


def _is_good_first(one: _Person) -> bool:
    if not one.is_plain or len(one.loans) != 1 or not 31 <= one.days[0] <= 60:
        return False
    return one.loans[0].owed.payoff_fen in PAYOFF_FEN


_KINDS: tuple[Kind, ...] = (
    _is_good_first,
    lambda one: one.is_plain and len(one.loans) == 2 and min(one.days) > 0,
    # Twice: two people of one number show why sign-in asks for the ID.
    lambda one: one.shares_mobile,
    lambda one: one.shares_mobile,
    lambda one: one.is_plain and one.days == (0,),
    lambda one: (
        len(one.loans) == 1 and one.loans[0].loan.over_ceiling and not one.loans[0].loan.difference
    ),
    lambda one: len(one.loans) == 1 and one.loans[0].loan.difference,
    lambda one: one.is_plain and len(one.loans) == 1 and one.days[0] > 90,
)


def _told(one: _Person, vault: Vault) -> DemoBorrower:
    row = one.borrower.public_id
    mobile = vault.unseal(one.borrower.mobile_enc, table="borrowers", row=row, column="mobile")
    id_number = vault.unseal(one.borrower.id_enc, table="borrowers", row=row, column="id")
    return DemoBorrower(mobile, id_number[-4:], tuple(figures.loan.ref for figures in one.loans))
