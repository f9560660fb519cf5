"""Legal notices a borrower reads before submitting and before signing."""

from app.domain.explanation import N_

LIMITATION_NOTICE = N_("签字表示同意还款，诉讼时效中断；分期的，从新方案最后一期到期日起算 3 年。")
SUBMISSION_NOTICE = N_("提交协商方案视为同意履行债务，诉讼时效重新计算。")
