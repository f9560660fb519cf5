"""Whether the numbers of a policy agree with each other. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple

from app.domain.errors import RuleBroken
from app.domain.money import PPM
from app.domain.policy import Policy
from app.domain.policy_numbers import NAMES, numbers_of
from app.domain.texts import N_

Kind = Literal["above", "not_below", "least", "most"]


class Fault(NamedTuple):
    """A number that contradicts another one (`other`) or a bound of its own (`bound`, in the unit
    of the number).
    """

    kind: Kind
    name: str
    other: str = ""
    bound: int = 0


class Contradictory(RuleBroken):
    """Numbers of a version of the policy contradict each other."""

    code = "policy_contradictory"
    message = N_("还有 %(count)s 处互相矛盾，改好再交出去")


# The first is at most the second.
AT_MOST: tuple[tuple[str, str], ...] = (
    ("min_periods", "self_service_periods"),
    ("min_periods", "at_once_periods"),
    ("at_once_periods", "self_service_periods"),
    ("self_service_periods", "max_periods"),
    ("agent_periods", "supervisor_periods"),
    ("supervisor_periods", "max_periods"),
    ("deferral_at_once_months", "deferral_months"),
    ("catch_up_min_periods", "catch_up_max_periods"),
    ("catch_up_max_periods", "max_periods"),
    ("catch_up_least_part_fen", "min_instalment_fen"),
    ("step_up_low_months", "max_periods"),
    ("waiver_penalty_ppm", "settlement_waiver_penalty_ppm"),
    ("first_reply_working_days", "decision_working_days"),
    ("complaint_days", "complaint_complex_days"),
    ("hold_after_refusal_working_days", "appeal_window_days"),
    ("sms_per_day", "sms_per_week"),
    ("voice_per_day", "dials_per_number_day"),
    ("code_resend_seconds", "code_valid_seconds"),
    ("codes_per_hour", "codes_per_day"),
    ("codes_kept_for_devices", "codes_per_day"),
)
# The first is less than the second: the eve of an end is before the end, the night goes over
# midnight.
BELOW: tuple[tuple[str, str], ...] = (
    ("lapse_notice_days", "offer_days"),
    ("document_notice_days", "document_days"),
    ("ending_last_notice_days", "ending_notice_days"),
    ("quiet_until_hour", "quiet_from_hour"),
    ("sign_before_days", "lead_days"),
)
# Without one of these nobody could come in, propose, sign or be told.
AT_LEAST_ONE: tuple[str, ...] = (
    "ceiling_ppm",
    "limitation_years",
    "min_periods",
    "min_instalment_fen",
    "income_asked_months",
    "at_once_periods",
    "first_payment_days",
    "sign_before_days",
    "most_loans",
    "settlement_days",
    "step_up_low_months",
    "deferral_months",
    "catch_up_min_periods",
    "agent_periods",
    "draft_days",
    "document_days",
    "evidence_days",
    "first_reply_working_days",
    "decision_working_days",
    "offer_days",
    "appeal_window_days",
    "appeal_working_days",
    "complaint_days",
    "cure_days",
    "missed_before_notice",
    "value_date_days",
    "ending_last_notice_days",
    "breathing_days",
    "sms_per_day",
    "code_valid_seconds",
    "code_tries",
    "codes_per_hour",
    "codes_per_requester_hour",
    "codes_per_browser_hour",
    "messages_per_hour",
    "exports_per_hour",
    "export_days",
    "submissions_per_hour",
    "finds_per_hour",
    "uploads_per_day",
)
SHARES: tuple[str, ...] = (
    "ceiling_ppm",
    "waiver_penalty_ppm",
    "settlement_waiver_penalty_ppm",
    "surplus_share_ppm",
)
LAST_HOUR = 23
# What lies beyond is a slip of the hand, and a date computed with it may not exist.
WIDEST: tuple[tuple[str, int], ...] = (
    ("_fen", 10**11),
    ("_ppm", 100 * PPM),
    ("_seconds", 86_400),
    ("_days", 3_660),
    ("_months", 120),
    ("_years", 30),
    ("periods", 600),
    ("", 100_000),
)
HOURS = ("quiet_from_hour", "quiet_until_hour")
# May be meant, and is told: the first is usually at most the second.
USUALLY: tuple[tuple[str, str], ...] = (
    ("at_once_periods", "agent_periods"),
    ("reminder_before_days", "lead_days"),
    ("income_asked_over_fen", "at_once_total_fen"),
)


def widest(name: str) -> int:
    """Return the largest value a number may have at all, in its own unit."""
    if name in HOURS:
        return LAST_HOUR
    if name in SHARES:
        return PPM
    return next(most for end, most in WIDEST if name.endswith(end))


BOUNDS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {name: (int(name in AT_LEAST_ONE), widest(name)) for name in NAMES}
    | {"fastest_without_income_ppm": (PPM, widest("fastest_without_income_ppm"))}
)
CHECKED = len(AT_MOST) + len(BELOW) + len(BOUNDS)


def contradictions(policy: Policy) -> tuple[Fault, ...]:
    """Return every number of a policy that contradicts another one or its own bounds; none where
    all is well.
    """
    numbers = numbers_of(policy)
    return (
        *(Fault("above", a, b) for a, b in AT_MOST if numbers[a] > numbers[b]),
        *(Fault("not_below", a, b) for a, b in BELOW if numbers[a] >= numbers[b]),
        *(
            Fault("least", name, bound=least)
            for name, (least, _most) in BOUNDS.items()
            if numbers[name] < least
        ),
        *(
            Fault("most", name, bound=most)
            for name, (_least, most) in BOUNDS.items()
            if numbers[name] > most
        ),
    )


def doubts(policy: Policy) -> tuple[Fault, ...]:
    """Return what is unusual and may be meant: nothing forbids it."""
    numbers = numbers_of(policy)
    return tuple(Fault("above", a, b) for a, b in USUALLY if numbers[a] > numbers[b])
