"""Legal notices a borrower reads before submitting and before signing."""

from app.domain.policy import Policy
from app.domain.texts import N_

# Words of law, as the rules have them: they are changed with docs/rules.md and with a lawyer, never
# for style.
LIMITATION_NOTICE = N_(
    "签字表示同意还款，诉讼时效中断；分期的，从新方案最后一期到期日起算 %(years)s 年。"
)
SUBMISSION_NOTICE = N_("提交协商方案视为同意履行债务，诉讼时效重新计算。")


def limitation_notice(policy: Policy) -> str:
    """Return in Chinese what signing does to the time the law gives, with the years of the policy.

    Source: default policy, limitation in words.
    """
    return LIMITATION_NOTICE % {"years": policy.amounts.limitation_years}
