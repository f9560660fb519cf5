"""The lender's policy as values, and what it says about a proposed plan."""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

from app.domain.money import PPM, Rate, exact_percent, percent, yuan
from app.domain.plan_changes import PlanChange

Verdict = Literal["at_once", "needs_person"]
# Kinds that never ask for income.
NEVER_ASKED = frozenset({"deferral", "settlement"})
# What a number was called in versions of the policy that stay as they were activated.
_RENAMED = {"small_debt_days": "settlement_days"}


@dataclass(frozen=True, slots=True)
class AmountRules:
    """What bounds every amount, and how old its sources may be."""

    ceiling_ppm: int
    limitation_years: int
    file_stale_days: int


@dataclass(frozen=True, slots=True)
class PlanRules:
    """Which plans there are, which are approved at once, what is waived."""

    min_periods: int
    self_service_periods: int
    max_periods: int
    # Where three instalments would already fall below it two or one are allowed; one always is
    # (ADR 0001).
    min_instalment_fen: int
    small_debt_fen: int
    income_asked_over_fen: int
    income_asked_months: int
    at_once_total_fen: int
    at_once_periods: int
    broken_plan_days: int
    waiver_penalty_ppm: int
    waiver_from_days: int
    settlement_waiver_penalty_ppm: int
    surplus_share_ppm: int
    fastest_without_income_ppm: int
    lead_days: int
    first_payment_days: int
    # An offer is signed so long before the first instalment at the latest.
    sign_before_days: int = 4


@dataclass(frozen=True, slots=True)
class KindRules:
    """What bounds the other kinds of plans, and several loans in one."""

    most_loans: int = 10
    settlement_days: int = 30
    settlement_least_fen: int = 10_000
    step_up_low_months: int = 12
    deferral_months: int = 6
    deferral_at_once_months: int = 3
    # A contract of so few instalments may be deferred by as many months, a longer one by half.
    deferral_short_contract: int = 12
    catch_up_past_due_days: int = 90
    catch_up_regular_left: int = 2
    catch_up_min_periods: int = 2
    catch_up_max_periods: int = 12
    catch_up_least_part_fen: int = 1_000


@dataclass(frozen=True, slots=True)
class AuthorityRules:
    """Up to where whose answer reaches."""

    # The amounts of authority wait for waivers by people; only the counts of instalments bind
    # today.
    agent_penalty_fen: int
    agent_periods: int
    supervisor_interest_fen: int
    supervisor_periods: int


@dataclass(frozen=True, slots=True)
class ClockRules:
    """By when drafts, offers, appeals and complaints are over or answered."""

    draft_days: int
    # Questions and decisions run in working days, complaints in calendar days (P-01).
    first_reply_working_days: int
    decision_working_days: int
    offer_days: int
    lapse_notice_days: int
    appeal_window_days: int
    appeal_working_days: int
    complaint_days: int
    complaint_complex_days: int
    complaint_extension_days: int
    credit_objection_days: int
    # A paper that was asked for: how long it is waited for, and how long before it is reminded of.
    document_days: int = 14
    document_notice_days: int = 3
    evidence_days: int = 90


@dataclass(frozen=True, slots=True)
class KeptPlanRules:
    """How patient a signed plan is."""

    grace_days: int
    cure_days: int
    missed_before_notice: int
    date_change_days: int
    # Money paid longer before it is posted counts from then only once a person has looked.
    value_date_days: int = 10
    # How long before help ends it is announced, and the last time.
    ending_notice_days: int = 14
    ending_last_notice_days: int = 3
    # For how many days from today paying off is computed.
    quote_days: int = 30


@dataclass(frozen=True, slots=True)
class HoldRules:
    """How long nobody contacts a borrower."""

    hold_after_refusal_working_days: int
    second_hold_days: int
    breathing_days: int
    breathing_every_months: int


@dataclass(frozen=True, slots=True)
class ContactRules:
    """When and how often a borrower may be contacted."""

    # The hours are of Beijing, and the first one is already quiet (C-01).
    quiet_from_hour: int
    quiet_until_hour: int
    # Calls and visits are not entered yet, so these bind nobody today.
    voice_notice_per_day: int
    voice_per_day: int
    dials_per_number_day: int
    sms_per_day: int
    sms_per_week: int
    visit_people: int
    reminder_before_days: int
    reminder_after_days: int


@dataclass(frozen=True, slots=True)
class CodeRules:
    """Codes by SMS, for signing in and for signing."""

    code_valid_seconds: int
    code_resend_seconds: int
    code_tries: int
    codes_per_hour: int
    codes_per_day: int
    # Asked for at one address and never used: from there on a new device names the last four first.
    codes_per_requester_hour: int
    # Never used, in one browser, for whatever numbers.
    codes_per_browser_hour: int = 20
    # Of the day's, which are a carrier's: strangers leave these to devices the number knows.
    codes_kept_for_devices: int = 4

    @property
    def code_valid_minutes(self) -> int:
        """Return for how many whole minutes a code by SMS can be used."""
        return self.code_valid_seconds // 60


@dataclass(frozen=True, slots=True)
class UseRules:
    """How long is read, how often is written and exported, how long files stay."""

    reading_seconds: int
    messages_per_hour: int
    exports_per_hour: int
    export_days: int
    submissions_per_hour: int = 20
    finds_per_hour: int = 240
    uploads_per_day: int = 20


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the policy, its numbers in groups by matter; stored they are one flat record.

    Units: _fen, _ppm (of a whole, or a year for rates), _days, _working_days, _hour in Beijing.
    """

    version: str
    amounts: AmountRules
    plans: PlanRules
    kinds: KindRules
    authority: AuthorityRules
    clocks: ClockRules
    kept: KeptPlanRules
    holds: HoldRules
    contact: ContactRules
    codes: CodeRules
    limits: UseRules

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "Policy":
        """Make a policy of stored values.

        A value of a later release is left aside, so that this release keeps working beside it; a
        key that is new in a release has a default in its group until a version names it.
        Raises: ValueError naming every key that is missing or of the wrong type.
        """
        values = {_RENAMED.get(name, name): value for name, value in values.items()}
        # Every fault is named at once: who mends a policy at night should not have to find them one
        # by one.
        groups = {field.name: field.type for field in fields(cls) if field.name != "version"}
        faults = [fault for kind in groups.values() for fault in faulty_keys(kind, values)]
        if type(values.get("version")) is not str:
            faults.append("version")
        if faults:
            raise ValueError(f"policy values at fault: {', '.join(sorted(faults))}")

        made = {name: group_of(kind, values) for name, kind in groups.items()}
        return cls(version=values["version"], **made)


def faulty_keys(kind: Any, values: Mapping[str, Any]) -> list[str]:
    """Return the keys of a group that are no whole number from zero on, or missing with no
    default.
    """
    return [
        field.name
        for field in fields(kind)
        if (field.name in values or field.default is MISSING)
        and not _is_amount(values.get(field.name))
    ]


def group_of(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return a group filled from the flat record; what it lacks takes the group's default."""
    return kind(**{one.name: values[one.name] for one in fields(kind) if one.name in values})


def _is_amount(value: object) -> bool:
    # type() and not isinstance(): True is an int in Python and must not pass as an amount.
    return type(value) is int and value >= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFacts:
    """What is known of the loan and its borrower when a plan is judged; the second part is filled
    from the plan.

    Units: fen; ppm a year. other_planned_fen sums the borrower's other plans of the policy's 180
           days; hold_ended_lately: a plan on the loan was withdrawn or expired so lately that a
           second hold needs a person; offer_over: it changes a plan whose offer was valid until a
           day that has passed; changes: the signed plan that it takes the place of.
    """

    discrepancy: bool = False
    dispute: bool = False
    legal_mark: bool = False
    missing: bool = False
    has_open_plan: bool = False
    broken_plan: bool = False
    other_planned_fen: int = 0
    file_age_days: int = 0
    last_touch_on: date | None = None
    hold_ended_lately: bool = False
    offer_over: bool = False
    changes: PlanChange | None = None
    # of the plan itself
    over_ceiling: bool = False
    planned_fen: int = 0
    periods: int = 0
    highest_fen: int = 0
    lowest_fen: int = 0
    plan_ppm: Rate = 0
    contract_ppm: Rate = 0
    surplus_fen: int | None = None
    income_asked: bool = False
    kind: str = "reamortise"
    # What a deferral defers by, and whether a settlement's sum is the borrower's own.
    months: int = 0
    own_sum: bool = False


def facts_together(each: Sequence[PlanFacts]) -> PlanFacts:
    """Return what is known of several loans of one borrower when one plan on them is judged: a mark
    on any of them counts.

    Source: rules part 1, which loans.
    """
    return replace(
        each[0],
        discrepancy=any(one.discrepancy for one in each),
        dispute=any(one.dispute for one in each),
        legal_mark=any(one.legal_mark for one in each),
        missing=any(one.missing for one in each),
        has_open_plan=any(one.has_open_plan for one in each),
        broken_plan=any(one.broken_plan for one in each),
        hold_ended_lately=any(one.hold_ended_lately for one in each),
        offer_over=any(one.offer_over for one in each),
        over_ceiling=any(one.over_ceiling for one in each),
        other_planned_fen=max(one.other_planned_fen for one in each),
        file_age_days=max(one.file_age_days for one in each),
    )


class RuleResult(NamedTuple):
    """One rule of the policy and whether the plan keeps it; `value` is what was found, for people
    to read.
    """

    rule: str
    held: bool
    value: str


def judge(policy: Policy, facts: PlanFacts) -> tuple[RuleResult, ...]:
    """Judge every rule that a plan approved at once keeps, one by one.

    Half of the surplus is judged only where income was asked and told.
    Source: default policy, approved at once.
    """
    # Every rule is judged, also after one has failed: staff see all of them, and the register of
    # verdicts is complete.
    results = [*_judge_terms(policy, facts), *_judge_loan(policy, facts)]
    if facts.kind in NEVER_ASKED or not facts.income_asked:
        return (*results, RuleResult("income_stated", True, "not_asked"))
    # Asked and not told is a single reason; the rule about half of the surplus would only repeat it
    # (ADR 0001).
    if facts.surplus_fen is None:
        return (*results, RuleResult("income_stated", False, "not_told"))

    within = not is_above_target(
        policy, surplus_fen=facts.surplus_fen, instalment_fen=facts.highest_fen
    )
    return (
        *results,
        RuleResult("income_stated", True, "told"),
        RuleResult(
            "within_half_surplus",
            within,
            # Nothing of how much the surplus is.
            share_of_surplus(facts.highest_fen, facts.surplus_fen) or "nothing_left",
        ),
    )


def share_of_surplus(instalment_fen: int, surplus_fen: int) -> str | None:
    """Say how much of the surplus an instalment takes, to a tenth of a percent rounded up; None
    where there is no surplus. The one way to say it: a page has one figure for one ratio.

    Units:  fen.
    Source: default policy, affordability.
    """
    if surplus_fen <= 0:
        return None
    # Rounded up, so that a share just above half never reads as half.
    per_mille = -(-instalment_fen * 1000 // surplus_fen)
    return percent(per_mille * 1000, 1)


def _judge_terms(policy: Policy, facts: PlanFacts) -> tuple[RuleResult, ...]:
    # Neither sum nor count bounds a deferral or a settlement.
    if facts.kind == "deferral":
        few = facts.months <= policy.kinds.deferral_at_once_months
        return (RuleResult("months_within_limit", few, str(facts.months)),)
    if facts.kind == "settlement":
        return (RuleResult("sum_is_policys", not facts.own_sum, yuan(facts.planned_fen)),)
    return _judge_plan(policy, facts)


def _judge_plan(policy: Policy, facts: PlanFacts) -> tuple[RuleResult, ...]:
    # Several small plans must not pass what one large one could not: totals count over all of a
    # borrower's plans.
    together = facts.planned_fen + facts.other_planned_fen
    few = facts.periods <= policy.plans.self_service_periods
    large = facts.periods == 1 or facts.lowest_fen >= policy.plans.min_instalment_fen
    return (
        RuleResult(
            "total_within_limit", together <= policy.plans.at_once_total_fen, yuan(together)
        ),
        RuleResult(
            "periods_within_limit",
            facts.periods <= policy.plans.at_once_periods,
            str(facts.periods),
        ),
        RuleResult("self_service_periods", few, str(facts.periods)),
        RuleResult("instalments_large_enough", large, yuan(facts.lowest_fen)),
        RuleResult(
            "plan_rate_is_contract",
            facts.plan_ppm == facts.contract_ppm,
            exact_percent(facts.plan_ppm),
        ),
    )


def _judge_loan(policy: Policy, facts: PlanFacts) -> tuple[RuleResult, ...]:
    # Marks and a stale file refuse nothing. They only send the plan to a person (ADR 0013, I-06).
    fresh = not is_stale(policy, facts.file_age_days)
    return (
        _absent("no_broken_plan", facts.broken_plan),
        _absent("no_discrepancy", facts.discrepancy),
        _absent("within_ceiling", facts.over_ceiling),
        _absent("no_dispute", facts.dispute),
        _absent("no_legal_mark", facts.legal_mark),
        RuleResult("file_fresh", fresh, str(facts.file_age_days)),
        _absent("hold_not_repeated", facts.hold_ended_lately),
        # Else an offer could be renewed for ever by changing it, and nothing would accrue
        # (ADR 0042).
        _absent("offer_not_renewed", facts.offer_over),
        *_judge_change(facts.changes),
    )


def _judge_change(before: PlanChange | None) -> tuple[RuleResult, ...]:
    # Else what is given up for one payment could be had for years of small ones (ADR 0081).
    return (
        ()
        if before is None
        else (
            _absent("changed_once", before.is_again),
            _absent("no_settlement_changed", before.is_settlement),
        )
    )


def _absent(rule: str, found: bool) -> RuleResult:
    return RuleResult(rule, not found, "yes" if found else "no")


VERDICT_REASONS: Mapping[str, str] = {
    "total_within_limit": "total_above_limit",
    "periods_within_limit": "too_many_instalments",
    "self_service_periods": "beyond_self_service",
    "instalments_large_enough": "instalment_too_small",
    "plan_rate_is_contract": "reduced_rate",
    "months_within_limit": "too_many_months",
    "sum_is_policys": "own_sum",
    "no_broken_plan": "broken_plan",
    "no_discrepancy": "discrepancy",
    "within_ceiling": "over_ceiling",
    "no_dispute": "dispute",
    "no_legal_mark": "legal_mark",
    "file_fresh": "file_stale",
    "hold_not_repeated": "hold_repeated",
    "offer_not_renewed": "offer_renewed",
    "changed_once": "changed_again",
    "no_settlement_changed": "settlement_changed",
    "income_stated": "income_needed",
    "within_half_surplus": "above_half_surplus",
}


def verdict(results: Sequence[RuleResult]) -> tuple[Verdict, tuple[str, ...]]:
    """Return whether a plan is approved at once, and the reason codes where it is not."""
    reasons = tuple(VERDICT_REASONS[one.rule] for one in results if not one.held)
    return ("needs_person" if reasons else "at_once"), reasons


def is_stale(policy: Policy, file_age_days: int) -> bool:
    """Tell whether the lender's file is too old to stand on: nothing is approved at once by it, and
    nothing signed.

    Source: default policy, file older than 3 days.
    """
    return file_age_days > policy.amounts.file_stale_days


def appeal_until(policy: Policy, refused_on: date) -> date:
    """Return the last day on which an appeal against a refusal of that day may be filed.

    Source: default policy, appeal.
    """
    return refused_on + timedelta(days=policy.clocks.appeal_window_days)


def target_fen(policy: Policy, surplus_fen: int) -> int:
    """Return the instalment above which a page warns: the policy's share of the surplus, none below
    zero.

    Units:  fen.
    Source: default policy, affordability.
    """
    # Rounded down, so that an instalment equal to it is never above the share.
    return max(0, surplus_fen) * policy.plans.surplus_share_ppm // PPM


def is_above_target(policy: Policy, *, surplus_fen: int, instalment_fen: int) -> bool:
    """Tell whether an instalment takes more of the surplus than the policy aims at: a warning,
    never a block.

    Units:  fen.
    Source: default policy, affordability; quality U17.
    """
    # Not held against the rounded target: the verdict is exact, the target is only what pages show.
    return instalment_fen * PPM > surplus_fen * policy.plans.surplus_share_ppm
