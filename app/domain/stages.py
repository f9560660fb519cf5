"""The stage of a loan: how far contact about it has come."""

from enum import StrEnum

from app.domain.explanation import N_

REMIND_DAYS = 30


class Stage(StrEnum):
    """How far contact about an overdue loan has come; a visit is only ever the last resort."""

    REMIND = "remind"
    TALK = "talk"
    NEGOTIATE = "negotiate"
    VISIT = "visit"

    @property
    def label(self) -> str:
        """Return the stage's Chinese name."""
        return LABELS[self]

    @property
    def meaning(self) -> str:
        """Return in Chinese what the stage means for the borrower; %(days)s are REMIND_DAYS,
        %(people)s the policy's visit_people.
        """
        return MEANINGS[self]


LABELS = {
    Stage.REMIND: N_("提醒"),
    Stage.TALK: N_("沟通"),
    Stage.NEGOTIATE: N_("协商"),
    Stage.VISIT: N_("上门"),
}
MEANINGS = {
    Stage.REMIND: N_("过了还款日 %(days)s 天以内，主要是短信提醒。"),
    Stage.TALK: N_("过了还款日 %(days)s 天以上，客服会联系您，一起商量怎么还。"),
    Stage.NEGOTIATE: N_("您提了方案，或者正按方案还。这段时间不打电话，不发提醒。"),
    Stage.VISIT: N_(
        "有上门拜访的记录。只有别的办法都试过才会用到，至少 %(people)s 人，出示证件，不经同意不进门。"
    ),
}


def stage(*, days_past_due: int, negotiating: bool, visited: bool) -> Stage | None:
    """Return the stage of a loan; None when nothing is past due and nothing is being negotiated.

    `negotiating`: a plan version is open or a plan is kept; `visited`: a visit is recorded since it
    fell due.
    Source: product, States; C-12.
    """
    if negotiating:
        return Stage.NEGOTIATE
    if days_past_due <= 0:
        return None
    if visited:
        return Stage.VISIT
    return Stage.REMIND if days_past_due <= REMIND_DAYS else Stage.TALK
