"""Two borrowers, a plan and a callback of the first, an export, and staff of every role: who may
see what.
"""

import re
from dataclasses import replace
from datetime import date
from unittest.mock import patch

from flask.testing import FlaskClient

from app.models import ContestedValue, FileDifference, PaymentAct, Plan, PlanMatter
from app.services.closing import closing as closing_months
from app.services.core.context import StaffMember
from app.services.evidence.adding import add_evidence
from app.services.evidence.proofs import send_proof
from app.services.maps.drafting import begin_map
from app.services.policies.drafting import begin_draft
from app.services.vouchers.taking import issue_quote
from tests.factories import make_borrower, make_file, make_loan
from tests.support.acting import acting
from tests.support.callbacks import ask_callback
from tests.support.callers import Phone, entered
from tests.support.certificates import as_if_paid
from tests.support.clock import NOW
from tests.support.core_files import core_files_of_yesterday
from tests.support.evidence import AsItComes, upload
from tests.support.exporting import export_made
from tests.support.layouts import table_of
from tests.support.money import plan_of
from tests.support.paying import handed
from tests.support.payments import make_payment, make_statement
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proofs import sent
from tests.support.proposals import actor_of, submitted
from tests.support.refunds import make_refund
from tests.support.signing import signed
from tests.support.threads import write
from tests.support.work import failed_piece

ROLES = ("agent", "supervisor", "finance", "compliance", "admin")
PAYMENT_PAGES = (
    "finance.payment",
    "finance.match_payment",
    "finance.undo_match",
    "finance.let_reversal_count",
    "finance.return_payment",
    "finance.keep_payment",
    "finance.payment_owner",
    "finance.payment_words",
)
REFUND_PAGES = (
    "finance.refund",
    "finance.pay_refund",
    "finance.bounce_refund",
    "finance.drop_refund",
    "finance.refund_account",
)
OCTOBER = date(2026, 10, 1)
WHO = ("nobody", "owner", "stranger", *ROLES)


class World:
    """`client` carries the session of one of WHO; `address` leads to the owner's thing."""

    def __init__(self, app, database, gateways, site):
        self.app, self.database, vault = app, database, gateways.vault
        with database.sessions() as session:
            self.callback = ask_callback(session, vault)
            self.owner = make_borrower(session, vault)
            self.stranger = make_borrower(
                session, vault, name="周以宁", mobile="19003740001", id_number="990101198901141789"
            )
            self.loan = make_loan(session, self.owner)
            make_loan(session, self.stranger)
            self.version = submitted(session, vault, site, borrower=self.owner, loan=self.loan)
            self.paper = add_evidence(
                session,
                acting(
                    vault=vault,
                    actor=actor_of(self.owner),
                    gateways=replace(gateways, pictures=AsItComes()),
                ),
                borrower_id=self.owner.id,
                version_public_id=self.version,
                upload=upload(),
            )
            self.agreement = signed(
                session, gateways, site, borrower=self.owner, loan=make_loan(session, self.owner)
            )
            self.proof = proof_of(session, gateways, self.agreement)
            self.voucher = voucher_of(session, gateways, site, self.agreement)
            self.certificate = as_if_paid(session, vault, site, self.agreement)
            paying = acting(gateways=gateways, site=site, actor=actor_of(self.owner))
            order = handed(session, paying, self.agreement)
            self.order, self.order_number = order.public_id, order.number
            self.matter = make_matter(session, plan_of(session, self.agreement))
            self.thread = write(session, vault, self.owner)
            self.staff = {
                role: make_staff(session, role, username=f"staff-{role}") for role in ROLES
            }
            agent = self.staff["agent"]
            member = StaffMember(agent.id, agent.public_id, agent.person_id, frozenset({"agent"}))
            self.mobile_change = entered(Phone(session, vault, site, self.owner, member))
            other = make_staff(session, "admin", username="staff-other-admin")
            begun = StaffMember(other.id, other.public_id, other.person_id, frozenset({"admin"}))
            self.policy_draft = begin_draft(session, acting(staff=begun))
            self.column_map = begin_map(
                session,
                acting(staff=begun, vault=vault),
                name="台账",
                table=table_of("collection.csv"),
            )
            self.file = make_file(session)
            self.contested = contested(session, vault)
            self.payment = make_payment(session, vault, payer="罗涵敏", fen=860_27).public_id
            fault = (3, "金额", "amount", "=金额写得不对")
            returned = make_payment(session, vault, fen=712_39, state="returned")
            act = {"act": "returned", "words": "退给付款人", "who": "staff:x", "at": NOW}
            session.add(PaymentAct(payment_id=returned.id, **act))
            session.commit()
            self.returned = returned.public_id
            self.refund = make_refund(session, vault, payment=self.returned).public_id
            self.plan = plan_of(session, self.agreement).number
            self.difference = make_difference(session, self.loan)
            closing = StaffMember(
                other.id, other.public_id, other.person_id, frozenset({"finance"})
            )
            # A month before anything was posted, which nobody could freeze, waits for its second
            # person.
            with patch.object(closing_months, "_check", return_value=None):
                closing_months.freeze_month(
                    session, acting(staff=closing), month=OCTOBER, request_key="october"
                )
            self.statement = make_statement(session, faults=[fault]).public_id
            self.export = export_made(
                database, app.extensions["anhuan"].gateways, self.staff["finance"].id
            )
            session.commit()
            for row in (self.owner, self.stranger, self.loan, *self.staff.values(), self.file):
                session.refresh(row)
        self.core_files = core_files_of_yesterday(database, gateways, site)
        self.piece = failed_piece(database, app.extensions["anhuan"].gateways.work)

    def client(self, who: str, kind=FlaskClient):
        """A plain client does not read the answers to empty forms as pages."""
        client = kind(self.app, self.app.response_class)
        with self.database.sessions() as session:
            if who in ("owner", "stranger"):
                sign_in_as(client, session, getattr(self, who))
            elif who != "nobody":
                sign_in_staff(client, session, self.staff[who])
        return client

    def address(self, rule) -> str:
        """The address of the owner's thing."""
        things = {
            "loan_id": self.loan.public_id,
            "version_id": self.version,
            "number": self.agreement,
            "certificate_id": self.certificate,
            "voucher_id": self.voucher,
            "proof": self.proof,
            "paper": self.paper,
            "page": 1,
            "piece_id": self.piece,
            "thread_id": self.thread,
            "order_id": self.order,
            "order_number": self.order_number,
            "name": "privacy",
            "file_number": 1,
            "finance.take_export": self.export,
            "finance.take_core_file": self.core_files,
            **dict.fromkeys(PAYMENT_PAGES, self.payment),
            **dict.fromkeys(REFUND_PAGES, self.refund),
            "plan_number": self.plan,
            "month": f"{OCTOBER:%Y-%m}",
            "key": self.difference,
            "finance.refund_payment": self.returned,
            **dict.fromkeys(("finance.money_file", "finance.money_faults"), self.statement),
            **dict.fromkeys(
                ("admin.borrower", "admin.caller", "admin.check_caller", "admin.borrower_name"),
                self.owner.public_id,
            ),
            **dict.fromkeys(
                ("admin.enter_mobile", "admin.confirm_mobile", "admin.act_on_mobile"),
                self.owner.public_id,
            ),
            "admin.decide_mobile": self.owner.public_id,
            "change_id": self.mobile_change,
            **dict.fromkeys(
                ("admin.contested_person", "admin.settle_contested_person"), self.contested
            ),
            "admin.loan": self.loan.public_id,
            "admin.loan_remark": self.loan.public_id,
            "admin.assist_plan": self.loan.public_id,
            **dict.fromkeys(
                (
                    "admin.nightly_file",
                    "admin.confirm_nightly_file",
                    "admin.decline_nightly_file",
                    "admin.take_back_nightly_file",
                ),
                self.file.public_id,
            ),
            **dict.fromkeys(
                (
                    "admin.policy_draft",
                    "admin.save_policy",
                    "admin.act_on_policy",
                    "admin.activate_policy",
                ),
                self.policy_draft,
            ),
            **dict.fromkeys(
                ("admin.map_version", "admin.save_map", "admin.activate_map", "admin.act_on_map"),
                self.column_map,
            ),
            **dict.fromkeys(
                ("admin.staff_member", "admin.change_staff"), self.staff["agent"].public_id
            ),
            **dict.fromkeys(
                ("admin.thread", "admin.answer_thread", "admin.act_on_thread"), self.thread
            ),
            **dict.fromkeys(
                (
                    "admin.callback",
                    "admin.callback_number",
                    "admin.answer_callback",
                    "admin.callback_attempt",
                    "admin.callback_owner",
                ),
                self.callback,
            ),
            **dict.fromkeys(("admin.matter", "admin.answer_matter"), self.matter),
        }
        values = {
            name: things.get(name) or things.get(rule.endpoint) or "x" * 20
            for name in rule.arguments
        }
        return self.app.url_map.bind("localhost").build(rule.endpoint, values)


def contested(session, vault) -> str:
    """A borrower with two mobiles, and nobody has decided yet; the public id."""
    found = make_borrower(session, vault, mobile="19003740009", id_number="990101198901140022")
    found.is_contested = True
    for mobile in ("19003740009", "19003740010"):
        sealed = vault.seal(mobile, table="borrowers", row=found.public_id, column="mobile")
        session.add(
            ContestedValue(
                borrower_id=found.id,
                field="mobile",
                value_enc=sealed,
                value_hmac=vault.fingerprint(mobile, purpose="mobile"),
                last4_hmac=vault.fingerprint(mobile[-4:], purpose="mobile_last4"),
            )
        )
    session.commit()
    return found.public_id


def make_difference(session, loan) -> int:
    """What the file of a day says of a loan otherwise than the ledger; its key."""
    day = NOW.date()
    told = {"as_of_on": day, "loan_id": loan.id, "component": "fee", "explained": {}}
    sums = {"ledger_fen": 100, "file_fen": 250, "open_fen": 150, "since_on": day}
    difference = FileDifference(**told, **sums)
    session.add(difference)
    session.commit()
    return difference.id


def make_matter(session, plan: Plan) -> str:
    """Something of a signed plan that a person has to answer; the public id."""
    matter = PlanMatter(
        plan_id=plan.id,
        kind="unheard",
        cause="notice",
        opened_at=NOW,
        answer_by_on=NOW.date(),
    )
    session.add(matter)
    session.commit()
    return matter.public_id


def proof_of(session, gateways, agreement) -> str:
    """The public id of a picture of a transfer for a plan."""
    owner = plan_of(session, agreement).borrower_id
    context = acting(gateways=replace(gateways, pictures=AsItComes()))
    session.rollback()
    return send_proof(session, context, borrower_id=owner, agreement=agreement, sent=sent())


def voucher_of(session, gateways, site, agreement) -> str:
    """The public id of a quote of a plan."""
    context = acting(vault=gateways.vault, site=site)
    owner = plan_of(session, agreement).borrower_id
    return issue_quote(session, context, borrower_id=owner, agreement=agreement, on=context.today)


def plain(page: str) -> str:
    """Without what differs between any two answers: tokens and the address itself."""
    page = re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", page)
    return re.sub(
        r"/(loan|plan|pay|callback|agreement|certificate|voucher|messages)/[\w-]{10,20}", "/…", page
    )
