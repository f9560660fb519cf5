"""Whose word a plan needs, as the desk reads it: the limits are the policy's."""

from collections.abc import Callable, Mapping

from app.domain.authority import AuthorityLine
from app.domain.money import figure
from app.domain.policy import Policy
from app.domain.texts import N_
from app.web.catalogues import gettext
from app.web.words import said_by

LEVELS: Mapping[str, str] = {
    "agent": N_("客服能定"),
    "supervisor": N_("要 1 位主管"),
    "two_supervisors": N_("要 2 位主管"),
    "nobody": N_("没有人能定"),
}
RULES: Mapping[str, str] = {
    "penalty": N_("减免罚息，政策以外，客服到 %(agent)s"),
    "periods": N_("期数，客服到 %(agent)s，主管到 %(supervisor)s"),
    "interest": N_("少收和减免的利息、费用，客服 0，一位主管到 %(supervisor)s"),
    "principal": N_("减免本金，两位主管才行"),
}
TOLD: Mapping[str, str] = {
    "penalty": N_("政策以外的罚息 %(value)s，客服到 %(agent)s。"),
    "periods": N_("%(value)s 期，客服到 %(agent)s，主管到 %(supervisor)s。"),
    "interest": N_("少收和减免的利息、费用 %(value)s，客服 0，一位主管到 %(supervisor)s。"),
    "principal": N_("减免本金 %(value)s，两位主管才行。"),
}


def rule(line: AuthorityLine, policy: Policy) -> str:
    """Say what a line is held against."""
    return gettext(RULES[line.matter], **_limits(line, policy))


def told(line: AuthorityLine, policy: Policy) -> str:
    """Say a line with its figure and its limits, as a sentence."""
    return gettext(TOLD[line.matter], value=value(line), **_limits(line, policy))


def value(line: AuthorityLine) -> str:
    """Write how much there is."""
    return str(line.value) if line.matter == "periods" else figure(line.value)


def _limits(line: AuthorityLine, policy: Policy) -> dict[str, object]:
    rules = policy.authority
    if line.matter == "penalty":
        return {"agent": figure(rules.agent_penalty_fen)}
    if line.matter == "periods":
        return {"agent": rules.agent_periods, "supervisor": rules.supervisor_periods}
    if line.matter == "interest":
        return {"supervisor": figure(rules.supervisor_interest_fen)}
    return {}


FILTERS: Mapping[str, Callable[..., str]] = {
    "authority_level": said_by(LEVELS),
    "authority_rule": rule,
    "authority_line": told,
    "authority_value": value,
}
