"""The text of an agreement as canonical values, from which its page and its PDF are both made. Pure
but for the vault.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain import arrears
from app.domain.id_papers import masked_paper
from app.domain.loan import Method
from app.domain.money import capital_rmb, exact_percent
from app.domain.plan import KIND_NAMES, PlanInstalment
from app.domain.plan_terms import (
    PARTS,
    LoanInPlan,
    PlannedTerms,
    moved_of,
    order_of,
    read_terms,
)
from app.domain.policy import Policy
from app.models import Borrower, Loan, Plan, PlanVersion
from app.ports.site import Site
from app.ports.vault import Vault
from app.services.clauses.charging import cost_table
from app.services.clauses.facts import ClauseFacts, LoanFacts, rates, waivers_of
from app.services.clauses.listing import agreement_clauses
from app.services.clauses.paying import order_words
from app.services.keeping.accounts import terms_of

# Kept with every text. A text is shown as it was signed for as long as it is kept, so its shape may
# only change with its number.
FORMAT = 2
RATE_LABEL = "年化利率（单利）"


def agreement_number(*, plan: Plan, version: PlanVersion) -> str:
    """Return the number printed on the agreement of a version: AH-00318-1."""
    return f"{plan.number}-{version.number}"


@dataclass(frozen=True)
class AgreementRows:
    """The stored rows that an agreement is about; loans in any order."""

    version: PlanVersion
    plan: Plan
    loans: tuple[Loan, ...]
    borrower: Borrower


def agreement_text(
    rows: AgreementRows, *, vault: Vault, site: Site, policy: Policy
) -> dict[str, Any]:
    """Return everything both parties agree on; nothing in it depends on the moment of signing.

    Units:  _fen, _ppm a year, dates ISO and already moved (ADR 0004); the first payment is told in
            days after signing. Figures outside `loans` are the sums over them.
    Source: N-02, M-05, M-06, M-10, R-07, U-01, I-16; rules part 1, several loans in one plan.
    """
    version = rows.version
    # Without a day of signature: the text that is hashed and signed cannot depend on when that
    # happens (ADR 0019).
    terms = read_terms(version.terms, moved=moved_of(version))
    order = order_of(version.terms)
    stored = {one.public_id: one for one in rows.loans}
    loans = [(stored[share.public_id], share) for share in terms.loans]
    facts = ClauseFacts(
        terms, tuple(_facts(loan, share, policy) for loan, share in loans), order, policy
    )

    return {
        "format": FORMAT,
        "title": "还款协议",
        "number": agreement_number(plan=rows.plan, version=version),
        "plan_number": rows.plan.number,
        # Of a text that takes the place of another agreement alone: all others stay as they were.
        **({"replaces": terms.replaces} if terms.replaces else {}),
        "terms_sha256": version.terms_sha256,
        "policy_version": policy.version,
        "lender": {"name": site.lender_name, "licence": site.licence},
        "borrower": _borrower(rows.borrower, vault),
        "loans": [_loan(loan, share) for loan, share in loans],
        **_figures(terms),
        "plan_rates": rates(facts, lambda one: one.share.annual_ppm),
        **_schedule(terms),
        "cost": cost_table(facts, site.lender_name),
        "payment_order": {"components": list(order[1]), "words": order_words(order)},
        "clauses": agreement_clauses(facts),
        "payee": {
            "name": site.payee_name,
            "bank": site.payee_bank,
            "account": site.payee_account,
            # What people write into a transfer, so that finance finds the plan by it.
            "remark": rows.plan.number,
            "shows": site.payment_shows,
        },
        "ways": _ways(site, policy),
    }


def text_sha256(text: Mapping[str, Any]) -> str:
    """Hash a text over its canonical JSON; the code that signs is bound to it.

    Source: I-11.
    """
    return hashlib.sha256(canonical(text).encode()).hexdigest()


def canonical(text: Mapping[str, Any]) -> str:
    """Return a text as the JSON that is hashed: in one form, since it is hashed again from what is
    stored when invariants are checked.
    """
    return json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _borrower(borrower: Borrower, vault: Vault) -> dict[str, str]:
    def opened(sealed: bytes, column: str) -> str:
        return vault.unseal(sealed, table="borrowers", row=borrower.public_id, column=column)

    return {
        "name": opened(borrower.name_enc, "name"),
        "id_masked": masked_paper(opened(borrower.id_enc, "id")),
    }


def _facts(loan: Loan, share: LoanInPlan, policy: Policy) -> LoanFacts:
    terms = terms_of(loan)
    return LoanFacts(
        ref=loan.ref,
        annual_ppm=loan.annual_ppm,
        day_basis=loan.day_basis,
        penalty_ppm=arrears.penalty_ppm(terms, policy.amounts.ceiling_ppm),
        last_due_on=loan.last_due_on,
        is_interest_first=terms.method is Method.INTEREST_FIRST,
        share=share,
    )


def _loan(loan: Loan, share: LoanInPlan) -> dict[str, Any]:
    """One loan: its contract, what is owed of it and what becomes of that, its share of every
    payment.
    """
    return {
        "ref": loan.ref,
        "contract_no": loan.contract_no,
        "product": loan.product,
        "principal_fen": loan.principal_fen,
        "start_on": loan.start_on.isoformat(),
        "annual_ppm": loan.annual_ppm,
        # Words, for half of an odd rate is no whole number of millionths.
        "plan_rate": exact_percent(share.annual_ppm),
        "owed": dict(share.owed._asdict()),
        "excess_fen": share.excess_fen,
        "payoff_fen": share.payoff_fen,
        "waived": [dict(one._asdict()) for one in share.waivers if one.fen],
        "planned_fen": share.total_fen - _interest_fen(share.instalments),
        "plan_interest_fen": _interest_fen(share.instalments),
        "total_fen": share.total_fen,
        **_payments(share.first_payment, share.instalments),
    }


def _figures(terms: PlannedTerms) -> dict[str, Any]:
    """What is owed, by component, and what becomes of it, over all loans."""
    return {
        "kind": terms.kind,
        "kind_name": KIND_NAMES[terms.kind],
        "currency": "人民币",
        "start_on": terms.start_on.isoformat(),
        "owed": dict(terms.owed._asdict()),
        "excess_fen": terms.excess_fen,
        "payoff_fen": terms.payoff_fen,
        "payoff_capital": capital_rmb(terms.payoff_fen),
        "waived": [dict(one._asdict()) for one in waivers_of(terms)],
        "planned_fen": terms.total_fen - terms.plan_interest_fen,
        "plan_interest_fen": terms.plan_interest_fen,
        "annual_rate_ppm": terms.annual_rate_ppm,
        "annual_rate_label": RATE_LABEL,
        "total_fen": terms.total_fen,
        "total_capital": capital_rmb(terms.total_fen),
    }


def _schedule(terms: PlannedTerms) -> dict[str, Any]:
    """Every instalment with its components; the first payment's date follows from the signature."""
    payments = _payments(terms.first_payment, terms.instalments)
    if payments["first_payment"]:
        payments["first_payment"]["days_after_signing"] = terms.first_payment_days
    return {
        "pay_day": terms.pay_day,
        "periods": terms.periods,
        "ends_on": terms.ends_on.isoformat(),
        **payments,
        "regular": [
            dict(one._asdict()) | {"due_on": one.due_on.isoformat(), "amount_fen": one.amount_fen}
            for one in terms.regular
        ],
    }


def _payments(
    first: PlanInstalment | None, instalments: tuple[PlanInstalment, ...]
) -> dict[str, Any]:
    rows = [*([first] if first else []), *instalments]
    sums = {f"{name}_fen": sum(getattr(one, f"{name}_fen") for one in rows) for name in PARTS}
    return {
        # Its date is not known before the signature; the paper adds it (ADR 0008, 0019).
        "first_payment": _instalment_values(first) | {"due_on": None} if first else None,
        "instalments": [_instalment_values(one) for one in instalments],
        "sums": sums | {"amount_fen": sum(one.amount_fen for one in rows)},
    }


def _interest_fen(instalments: tuple[PlanInstalment, ...]) -> int:
    return sum(one.interest_fen for one in instalments)


def _instalment_values(one: PlanInstalment) -> dict[str, Any]:
    return one._asdict() | {
        "due_on": one.due_on.isoformat(),
        "amount_fen": one.amount_fen,
        "capital": capital_rmb(one.amount_fen),
    }


def _ways(site: Site, policy: Policy) -> list[dict[str, str]]:
    """Where to find a person, and where to complain.

    Source: P-01, P-08.
    """
    return [
        {"what": "人工客服", "how": f"{site.hotline}，{site.hotline_hours}"},
        {
            "what": "向我们投诉",
            "how": f"本服务的“投诉或申诉”，或拨打 {site.hotline}，{policy.clocks.complaint_days} 天内答复",
        },
        {"what": "向监管部门投诉", "how": "国家金融监督管理总局 12378"},
    ]
