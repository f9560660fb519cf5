"""Every page and message under a policy with every number changed: none says an old one."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from app.models import PlanVersion
from app.services.core.policy import active_policy
from app.services.outbox.sms_texts import examples
from tests.support.agreements import paper_of, text_of
from tests.support.policy_words import NUMBERS, old_numbers, other_values, put_in_force, spellings
from tests.web.stories import STORIES, Stage

# numbers of other things, and what they count
OWN = (
    r"(?<!累计 )\b\d+ 期",  # the instalments of a loan or a plan
    r"1 个月(\s+\d+ 个月)+(或更久)?",  # how many months one may pick in a list
    r"还剩 \d+ 天|\d+ 天 最晚|等了 \d+ 天",  # until the day by which someone answers, and since
    r"(回复以后，|回话后还有 )\d+ 个工作日",  # the working days that were left when a borrower was asked
    r"过了还款日 30 天以[内上]",  # where one stage ends and the next begins
    r"收到答复起 30 天内",  # the law's, to have an answer to a complaint looked at again
    r"错满 \d+ 次|对满 \d+ 项|再对 \d+ 项|这 90 天",  # a caller's answers, what the page looks back on
    r"7 天中位数",  # what the desk's figures look back on
    r"1( 到 |–)3 个工作日",  # the lender's reports to the credit bureau
    r"试的次数太多了，请 \d+ 分钟后再试",  # the wait of this very try
    r"约 \d 分钟|填到一半",  # how long it takes to fill in
    r"一共 \d+ 次|\d+ 条要人看|另外 \d+ 条都符合",  # contacts there were, rules kept and not
    r"放了 1 到 3 天|3 天以上|放了 \d+ 个工作日以上",  # how long money has lain
    r"已有 \d+ 条",  # how often a picture of a transfer was looked at
    r"往来 \d+ 版|第 \d+ 版|备注 \d+|经过 \d+ 条|\d+ 条规则",  # how much a case's page holds
)
# what pages and messages tell of the policy, each at least once
TOLD = (
    "limitation_years",
    "first_reply_working_days",
    "complaint_days",
    "credit_objection_days",
    "grace_days",
    "cure_days",
    "missed_before_notice",
    "date_change_days",
    "breathing_days",
    "breathing_every_months",
    "quiet_from_hour",
    "quiet_until_hour",
    "voice_per_day",
    "visit_people",
    "surplus_share_ppm",
    "first_payment_days",
    "reminder_before_days",
    "code_valid_seconds",
    "code_resend_seconds",
    "reading_seconds",
    "ceiling_ppm",
)


@pytest.fixture
def stage(app, database, gateways, settings, sms, clock):
    with database.sessions() as session:
        put_in_force(session, other_values())
    return Stage(app, database, gateways, settings.site, sms, clock)


def papers(stage) -> list[str]:
    """What the paper of every agreement would say."""
    with stage.database.sessions() as session:
        signed = session.scalars(
            select(PlanVersion.public_id).where(PlanVersion.state == "signed")
        ).all()
        vault = stage.gateways.vault
        texts = [text_of(session, vault, stage.site, one) for one in signed]
        seconds = active_policy(session)[1].limits.reading_seconds
    return [str(paper_of(text, required_seconds=seconds)) for text in texts]


def templates(stage) -> set[str]:
    folder = Path(stage.app.root_path) / "templates"
    return {str(path.relative_to(folder)) for path in folder.rglob("*.html")}


def test_every_number_of_the_other_policy_is_another():
    other = other_values()
    assert other.keys() == NUMBERS.keys()
    assert not [key for key, value in other.items() if value == NUMBERS[key]]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_page_and_no_message_says_an_old_number(stage):
    for story in STORIES:
        story(stage)
    # documents keep the words they were published with: their hashes are in the consents
    # the pages of the policy itself tell what earlier versions said, and numbers that keep defaults
    read = {
        key: text
        for key, text in stage.reader.pages.items()
        if "/legal/" not in key and " /admin/policies" not in key
    }
    read |= {"by SMS": "\n".join([*stage.messages(), *examples(stage.site).values()])}
    read |= {"on paper": "\n".join(papers(stage))}
    settings = [re.escape(one) for one in (stage.site.hotline_hours, stage.site.payment_shows)]
    old = [(key, one) for key, text in read.items() for one in old_numbers(text, (*OWN, *settings))]
    assert not old
    everything, other = "\n".join(read.values()), other_values()
    untold = [
        key
        for key in TOLD
        if not any(re.search(one, everything) for one in spellings(key, other[key]))
    ]
    assert not untold
    unread = {one for one in templates(stage) - stage.templates if "/legal/" not in one}
    assert not unread
