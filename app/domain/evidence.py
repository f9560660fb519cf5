"""What may show a hardship: for each reason a few things to show, each in at least two ways."""

from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.states import OPEN_VERSIONS
from app.domain.texts import N_

MOST_FILES = 10
FILE_BYTES = 10 * 1024 * 1024
MEGABYTES = FILE_BYTES // (1024 * 1024)
# The consent that private papers need, by the name of its document.
CONSENT = "sensitive_evidence"
# What a picture of a transfer needs: it is looked at for another purpose, by others.
PROOF_CONSENT = "transfer_proof"
NEEDS = "needs_document"
# While a person still looks at the plan; an offer is decided already.
TAKES_PAPERS = OPEN_VERSIONS - {"approved", "countered"}
# Pictures of transfers: so many that wait for an answer a plan takes, of so many days back; a
# payment of the same sum within so many days of one is likely it.
MOST_PROOFS = 3
PROOF_DAYS_BACK = 60
PROOF_DAYS_APART = 3
# Why finance found no money for one, and what its borrower reads.
PROOF_REASONS: Mapping[str, str] = {
    "not_arrived": N_("我们的账户还没有收到这笔钱。请问一下付款的银行，转出去没有、退回没有"),
    "unreadable": N_("图上看不清金额或日子。请换一张清楚的再传"),
    "elsewhere": N_("图上的收款账户不是我们的。先不要再转，马上打电话给我们"),
}


@dataclass(frozen=True)
class EvidenceKind:
    """One way to show a thing; a private one is kept only with a consent of its own (I-02)."""

    code: str
    words: str
    hint: str = ""
    is_private: bool = False


@dataclass(frozen=True)
class EvidenceTopic:
    """One thing to show; any one of its kinds is enough. Of a private one even the name tells."""

    code: str
    words: str
    kinds: tuple[EvidenceKind, ...]
    is_private: bool = False


TOPICS: Mapping[str, EvidenceTopic] = {
    one.code: one
    for one in (
        EvidenceTopic(
            "income",
            N_("现在的收入"),
            (
                EvidenceKind(
                    "pay_receipts",
                    N_("近三个月工资到账的截图或流水"),
                    N_("手机银行里截就行，别的可以遮住"),
                    is_private=True,
                ),
                EvidenceKind(
                    "employer_letter", N_("单位开的收入证明"), N_("手写、有章或有人签名都行")
                ),
                EvidenceKind("social_insurance", N_("社保或公积金缴费截图")),
            ),
        ),
        EvidenceTopic(
            "income_change",
            N_("收入为什么变了"),
            (
                EvidenceKind("employer_notice", N_("单位停工、降薪的通知，或群公告截图")),
                EvidenceKind("leaving_letter", N_("离职证明，或停缴社保的截图")),
                EvidenceKind("community_letter", N_("村里或社区写的说明")),
            ),
        ),
        EvidenceTopic(
            "spending",
            N_("多出来的花费"),
            (
                EvidenceKind("bills", N_("账单、收据或缴费单"), N_("别人的姓名可以遮住")),
                EvidenceKind("spending_letter", N_("学校、村里或社区写的说明")),
                EvidenceKind("spending_words", N_("自己手写的一张清单"), N_("签名，写上日期")),
            ),
        ),
        EvidenceTopic(
            "health",
            N_("看病或照顾家人"),
            (
                EvidenceKind(
                    "medical_record",
                    N_("病历、出院小结或诊断证明"),
                    N_("病名可以遮住，看得到日期就行"),
                    is_private=True,
                ),
                EvidenceKind("medical_bill", N_("看病的收据或缴费单"), is_private=True),
                EvidenceKind("care_letter", N_("村里、社区或单位写的说明")),
            ),
            is_private=True,
        ),
        EvidenceTopic(
            "disaster",
            N_("遇到的灾害或意外"),
            (
                EvidenceKind("damage_pictures", N_("受损的照片")),
                EvidenceKind("disaster_letter", N_("村里、社区或保险公司的证明")),
                EvidenceKind("disaster_news", N_("当地的通知或公告截图")),
            ),
        ),
        EvidenceTopic(
            "debts",
            N_("别处还要还的"),
            (
                EvidenceKind("debt_pictures", N_("别家 App 里应还的截图")),
                EvidenceKind("credit_report", N_("征信报告里的一页"), is_private=True),
                EvidenceKind("debt_words", N_("自己手写的一张清单"), N_("签名，写上日期")),
            ),
        ),
        EvidenceTopic(
            "money_awaited",
            N_("等着到的钱"),
            (
                EvidenceKind("awaited_contract", N_("合同、欠条或结算单")),
                EvidenceKind("awaited_messages", N_("对方答应付款的聊天截图")),
                EvidenceKind("awaited_notice", N_("补贴、赔偿或退款的通知")),
            ),
        ),
        EvidenceTopic(
            "situation",
            N_("您的难处"),
            (
                EvidenceKind("situation_words", N_("自己手写几句"), N_("签名，写上日期")),
                EvidenceKind("situation_letter", N_("单位、村里或社区写的说明")),
                EvidenceKind("situation_pictures", N_("能说明情况的照片或截图")),
            ),
        ),
    )
}
# Nothing told, or another reason.
ANY = "any"
# As the release brings it; a version of the policy may have lists of its own.
OF_REASON: Mapping[str, tuple[str, ...]] = {
    "income_fell": ("income", "income_change"),
    "work_lost": ("income_change", "income"),
    "spending_rose": ("spending", "income"),
    "disaster": ("disaster", "income"),
    "illness": ("health", "income"),
    "family": ("situation", "income"),
    "no_savings": ("income", "debts"),
    "money_awaited": ("money_awaited", "income"),
    "many_debts": ("debts", "income"),
    ANY: ("situation", "income"),
}


def checklist(
    reason: str, lists: Mapping[str, tuple[str, ...]] = OF_REASON
) -> tuple[EvidenceTopic, ...]:
    """Return what a borrower with this reason may show, the most telling first; `lists` are those
    of a version of the policy.

    Source: product, evidence.
    """
    return tuple(TOPICS[one] for one in lists.get(reason, lists[ANY]))


def kind_in(topic: str, kind: str) -> EvidenceKind | None:
    """Return a kind of a topic; None for one that is not of it."""
    found = TOPICS.get(topic)
    return next((one for one in found.kinds if one.code == kind), None) if found else None
