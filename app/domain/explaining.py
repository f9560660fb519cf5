"""What each clause of an agreement means, in two plain sentences and an example with the figures of
the terms in hand. Pure.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from app.domain.calendar import add_months
from app.domain.money import exact_percent, yuan
from app.domain.plan import PlanInstalment
from app.domain.plan_terms import ORDER_NAMES, PARTS, PlannedTerms
from app.domain.policy import Policy
from app.domain.texts import N_

MONTHS_A_YEAR = 12
# By the rules an earlier overdue mark stays so long after everything is paid.
MARK_YEARS = 5
# In an instalment the plan's own interest and what was owed before have names of their own.
COMPONENT_OF = {
    "principal": "principal",
    "interest": "plan_interest",
    "old_interest": "interest",
    "penalty": "penalty",
    "fee": "fee",
}


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence as Chinese source text with %(name)s places; a day among its values is written as
    the reader's language writes days.
    """

    source: str
    values: Mapping[str, str | int | date]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Two plain sentences, and an example with the borrower's own figures."""

    words: tuple[Phrase, Phrase]
    example: Phrase


@dataclass(frozen=True, slots=True)
class ExplainedFacts:
    """What explanations name. Units: the order of payments as order_of returns it."""

    terms: PlannedTerms
    payment_order: tuple[bool, tuple[str, ...]]
    policy: Policy


def explain_clauses(codes: Iterable[str], facts: ExplainedFacts) -> Mapping[str, Explanation]:
    """Return by code what clauses mean for whoever has these terms, of whatever kind; a clause that
    has no explanation is left out.

    Units:  amounts of the terms, whole and in yuan; days as they are already moved.
    Source: N-11, product, step 7: explained before it is signed.
    """
    return {code: _EXPLAINED[code](facts) for code in codes if code in _EXPLAINED}


def said(source: str, **values: str | int | date) -> Phrase:
    """Return a sentence with its values."""
    return Phrase(source, values)


def _limitation(facts: ExplainedFacts) -> Explanation:
    years, last = facts.policy.amounts.limitation_years, facts.terms.ends_on
    return Explanation(
        (
            said(N_("法律给贷款机构去法院要钱的时间是有限的，这段时间叫诉讼时效。")),
            said(
                N_("您签字就是同意还这笔钱，这段时间从最后一笔的到期日起，重新算 %(years)s 年。"),
                years=years,
            ),
        ),
        said(
            N_("您的最后一笔在%(last)s到期，签字以后，诉讼时效重新算到%(until)s。"),
            last=last,
            until=add_months(last, MONTHS_A_YEAR * years),
        ),
    )


def _missed(facts: ExplainedFacts) -> Explanation:
    kept, one = facts.policy.kept, facts.terms.instalments[0]
    count = kept.missed_before_notice if facts.terms.periods > 1 else 1
    return Explanation(
        (
            said(
                N_("晚几天没关系：到期以后还有 %(grace)s 天宽限，这几天里还上，不算没还。"),
                grace=kept.grace_days,
            ),
            said(
                N_(
                    "累计 %(count)s 笔没还上，我们才发通知，收到后还有 %(cure)s 天可以补；还是没补上，方案才终止，回到原来的合同。"
                ),
                count=count,
                cure=kept.cure_days,
            ),
        ),
        said(
            N_("比如%(due)s要还的 %(amount)s，那天没还上，之后 %(grace)s 天里还上就算按时。"),
            due=one.due_on,
            amount=yuan(one.amount_fen),
            grace=kept.grace_days,
        ),
    )


def _credit(facts: ExplainedFacts) -> Explanation:
    last = facts.terms.ends_on
    return Explanation(
        (
            said(N_("签字以前的逾期记录，不会因为签字就没有了。")),
            said(N_("照着方案按时还，不会再添新的逾期记录；再逾期，才会添新的。")),
        ),
        said(
            N_("比如您%(last)s还清，以前的逾期记录从那天起再留 %(years)s 年，到%(until)s删除。"),
            last=last,
            years=MARK_YEARS,
            until=add_months(last, MONTHS_A_YEAR * MARK_YEARS),
        ),
    )


def _order(facts: ExplainedFacts) -> Explanation:
    is_oldest_first, components = facts.payment_order
    one = facts.terms.instalments[0]
    which = (
        N_("您还的钱，先算到期早的那一笔，还满了再算下一笔。")
        if is_oldest_first
        else N_("您还的钱，先还完一样再还下一样；同一样里，先还到期早的那一笔。")
    )
    return Explanation(
        (
            said(N_("要还的每一笔里，可能有费用、罚息、利息和本金好几样。")),
            said(which),
        ),
        said(
            N_("比如%(due)s要还的 %(amount)s，按先后是：%(parts)s。"),
            due=one.due_on,
            amount=yuan(one.amount_fen),
            parts=_parts(one, components),
        ),
    )


def _parts(one: PlanInstalment, components: tuple[str, ...]) -> str:
    """Name what an instalment consists of, in the order in which money is used."""
    found = {COMPONENT_OF[name]: getattr(one, f"{name}_fen") for name in PARTS}
    # Where an order knows one interest, the plan's own stands with it.
    if "plan_interest" not in components:
        found["interest"] += found.pop("plan_interest")
    return "，".join(
        f"{ORDER_NAMES[name]} {yuan(found[name])}" for name in components if found[name]
    )


def _interest(facts: ExplainedFacts) -> Explanation:
    terms = facts.terms
    if not terms.plan_interest_fen:
        return Explanation(
            (
                said(N_("这个方案不收利息，也不收办理费。")),
                said(N_("还款表上写多少，就还多少。")),
            ),
            said(N_("您一共还 %(total)s，里面没有一分是方案的利息。"), total=yuan(terms.total_fen)),
        )
    return Explanation(
        (
            said(N_("利息只按还没还的本金算，本金越还越少，利息也越来越少。")),
            said(N_("还款表以外，不再收利息、罚息和费用。")),
        ),
        said(
            N_("您一共还 %(total)s，其中方案的利息 %(interest)s，年利率 %(rate)s。"),
            total=yuan(terms.total_fen),
            interest=yuan(terms.plan_interest_fen),
            rate=exact_percent(terms.annual_ppm),
        ),
    )


def _waiver(facts: ExplainedFacts) -> Explanation:
    terms = facts.terms
    return Explanation(
        (
            said(N_("这笔钱现在不收，也没有算进要还的每一笔。")),
            said(N_("按方案全部还完就真的免了；只有方案因为没还上而终止，才会重新要收。")),
        ),
        said(
            N_("比如您照着还到%(last)s，这 %(waived)s 就不用还了。"),
            last=terms.ends_on,
            waived=yuan(terms.waived_fen),
        ),
    )


def _early(facts: ExplainedFacts) -> Explanation:
    terms = facts.terms
    later = sum(one.interest_fen for one in terms.instalments[1:])
    words = (
        said(N_("手头宽裕了，随时可以多还一些，或者一次还清，不收手续费。")),
        said(N_("提前还的本金，利息只算到还的那天。")),
    )
    if not later:
        return Explanation(
            words,
            said(N_("您一共还 %(total)s，提前还清，也不会多收。"), total=yuan(terms.total_fen)),
        )
    return Explanation(
        words,
        said(
            N_("您的第 1 期以后还有 %(interest)s 利息没有到期，提前还清，没过的日子就不用付利息。"),
            interest=yuan(later),
        ),
    )


def _date_change(facts: ExplainedFacts) -> Explanation:
    days, one = facts.policy.kept.date_change_days, facts.terms.instalments[0]
    until = _latest_change(facts)
    example = (
        said(
            N_("比如%(due)s要还的 %(amount)s，最晚可以改到%(until)s。"),
            due=one.due_on,
            amount=yuan(one.amount_fen),
            until=until,
        )
        if until > one.due_on
        else said(N_("您的%(due)s已经是最晚的日子，来不及请早点打电话。"), due=one.due_on)
    )
    return Explanation(
        (
            said(N_("有一次要晚几天，可以免费改还款日，不算没还。")),
            said(N_("最多往后 %(days)s 天，在协议页上自己改就行。"), days=days),
        ),
        example,
    )


def _latest_change(facts: ExplainedFacts) -> date:
    """The last day instalment 1 may be moved to. Source: rules part 1, first payment and date
    change.
    """
    terms, policy = facts.terms, facts.policy
    first, *later = terms.instalments
    latest = first.due_on + timedelta(days=policy.kept.date_change_days)
    if later:
        latest = min(latest, later[0].due_on - timedelta(days=1))
    if terms.kind == "settlement":
        last = terms.start_on + timedelta(days=policy.kinds.settlement_days)
        latest = min(latest, max(last, first.due_on))
    return latest


def _contact(facts: ExplainedFacts) -> Explanation:
    one = facts.terms.instalments[0]
    return Explanation(
        (
            said(N_("签了以后照着还，我们不催，也不请别人催。")),
            said(N_("到期前只发一条提醒，上面不写金额。")),
        ),
        said(
            N_("比如%(due)s要还的那一笔，提前 %(days)s 天提醒您。"),
            due=one.due_on,
            days=facts.policy.contact.reminder_before_days,
        ),
    )


def _rights(facts: ExplainedFacts) -> Explanation:
    terms = facts.terms
    return Explanation(
        (
            said(N_("您照着表还钱，手机号变了告诉我们，还清以前先不再向我们借新的。")),
            said(N_("我们照协议收钱、记账、替您保密，您随时可以看协议、问问题、提意见。")),
        ),
        said(
            N_("您一共还 %(count)s 笔，合计 %(total)s；都还清了，我们给您结清证明。"),
            count=len(terms.payments),
            total=yuan(terms.total_fen),
        ),
    )


def _contract(facts: ExplainedFacts) -> Explanation:
    one = facts.terms.instalments[0]
    return Explanation(
        (
            said(N_("这份协议只改怎么还，原来的借款合同还在。")),
            said(N_("两份说得不一样的地方，照这份协议。")),
        ),
        said(
            N_("比如第 1 期，照这份协议是%(due)s还 %(amount)s，不照原来的日子和金额。"),
            due=one.due_on,
            amount=yuan(one.amount_fen),
        ),
    )


def _form(facts: ExplainedFacts) -> Explanation:
    return Explanation(
        (
            said(N_("填对验证码就是签字，和亲手写名字一样算数。")),
            said(N_("我们盖电子签章，文件改一个字都能查出来。")),
        ),
        said(
            N_("您的验证码只能签这一份、一共还 %(total)s 的协议，签不了别的。"),
            total=yuan(facts.terms.total_fen),
        ),
    )


_EXPLAINED: Mapping[str, Callable[[ExplainedFacts], Explanation]] = {
    "limitation": _limitation,
    "missed": _missed,
    "credit": _credit,
    "order": _order,
    "interest": _interest,
    "waiver": _waiver,
    "early": _early,
    "date": _date_change,
    "contact": _contact,
    "rights": _rights,
    "contract": _contract,
    "form": _form,
}
