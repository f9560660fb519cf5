"""Counter-offers at the desk: numbers changed with what they mean, shown word by word, released,
returned, recalled.
"""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.domain.allocation import Components
from app.domain.calendar import beijing_date
from app.models import PlanVersion
from tests.factories import make_borrower, make_loan
from tests.support.clock import NOW
from tests.support.counters import TEXT, broken, counter, release, version_of
from tests.support.people import make_staff, sign_in_staff
from tests.support.proposals import make_staff as make_author
from tests.support.proposals import submitted
from tests.support.telling import earn


@pytest.fixture
def version(session, gateways, site) -> str:
    return submitted(session, gateways.vault, site)


def state(session, version) -> str:
    session.rollback()
    return session.scalars(select(PlanVersion.state).where(PlanVersion.public_id == version)).one()


def newest(session) -> PlanVersion:
    session.rollback()
    return session.scalars(select(PlanVersion).order_by(PlanVersion.id.desc())).first()


def edit(desk, version, button="预览", page=None, **values):
    address = f"/admin/plan/{version}/counter"
    given = {"periods": "10", "penalty": "33.29", "words": TEXT.words}
    return desk.post_form(
        page or desk.get(address), _action=address, _button=button, **(given | values)
    )


def test_the_case_leads_to_it_with_the_borrowers_own_numbers_filled_in(desk, version):
    page = desk.follow(desk.get(f"/admin/plan/{version}"), "改几个数，给一个建议")
    text = page.page.text()
    assert "第 2 版" in text
    assert "合同利率" in text
    form = page.get_data(as_text=True)
    assert 'value="8"' in form
    assert "从算好的开始" in text
    # What is filled in already is computed already: nothing is asked for that stands there.
    assert "现在算不出来" not in text
    assert "公司让出" in page.page.by_id("means").text()


def test_what_the_numbers_mean_is_told_by_a_button_and_in_place(desk, version):
    page = edit(desk, version, "重新算", rate="zero", periods="48")
    text = page.page.text()
    assert "要 1 位主管放行" in text
    assert "48 期" in text
    assert "收支没有说" in text
    assert "公司让出" in text


def test_what_cannot_be_is_told_with_what_was_typed(desk, version):
    page = edit(desk, version, "重新算", penalty="40")
    assert "罚息的减免请写 ¥9.99 到 ¥33.29" in page.page.text()
    page = edit(desk, version, penalty="40")
    text = page.get_data(as_text=True)
    assert 'value="40"' in text
    assert "请写 ¥9.99 到 ¥33.29" in text
    page = edit(desk, version, periods="很多")
    assert "请写整数" in page.page.text()


def test_a_computed_one_fills_the_form(desk, version):
    address = f"/admin/plan/{version}/counter"
    page = desk.get(address)
    links = [a.get("href") for a in page.page.iter("a") if "near=" in (a.get("href") or "")]
    assert links
    filled = desk.get(links[0])
    assert "现在算不出来" not in filled.page.text()
    assert "33.29" in filled.get_data(as_text=True)


def test_shown_word_by_word_then_sent(desk, session, gateways, version):
    page = edit(desk, version)
    text = page.page.text()
    assert "发出前再看一遍" in text
    assert "有了新的建议" in text
    assert TEXT.words in text
    assert "我们提了另一个数" in text
    assert state(session, version) == "submitted"
    desk.post_form(page, _button="发出")
    made = newest(session)
    assert (made.state, state(session, version)) == ("countered", "superseded")
    assert broken(session, gateways.vault) == set()
    assert "给 *敏 的建议" in desk.get(f"/admin/plan/{made.public_id}").page.text()


def test_going_back_keeps_what_was_typed(desk, version):
    page = edit(desk, version, periods="11")
    back = desk.post_form(page, _button="回去改")
    text = back.get_data(as_text=True)
    assert 'value="11"' in text
    assert TEXT.words in text


def test_beyond_authority_it_waits_and_the_case_says_so(desk, session, version):
    page = edit(desk, version, rate="zero", summary=TEXT.summary)
    assert "1 位主管放行" in page.page.text()
    case = desk.post_form(page, _button="交给主管放行")
    assert newest(session).state == "draft"
    case = desk.get(f"/admin/plan/{version}")
    assert "第 2 版建议在等主管放行" in case.page.text()
    waiting = desk.follow(case, "看这份建议").page.text()
    assert "这是您写的，由别人放行" in waiting


def test_without_words_nothing_goes_on(desk, version):
    page = edit(desk, version, words="")
    assert "请写几句" in page.page.text()
    page = edit(desk, version, rate="zero", summary="")
    assert "请写几句" in page.page.text()


@pytest.fixture
def waiting(session, gateways, site, version) -> PlanVersion:
    made = counter(session, gateways.vault, site, version, make_author(session), rate="zero")
    return version_of(session, made)


@pytest.fixture
def supervisor(client, session):
    sign_in_staff(client, session, make_staff(session, "supervisor"))
    return client


def test_a_supervisor_reads_it_and_lets_it_go(supervisor, session, waiting):
    listed = supervisor.get("/admin/releases")
    assert "0 / 1" in listed.page.text()
    page = supervisor.get(f"/admin/releases/{waiting.public_id}")
    text = page.page.text()
    for words in (TEXT.summary, TEXT.words, "少收利息", "等一位主管放行", "12月2日"):
        assert words in text
    done = supervisor.post_form(page, _button="放行，马上发给本人")
    assert state(session, waiting.public_id) == "countered"
    assert supervisor.get(f"/admin/releases/{waiting.public_id}").status_code == 303
    assert done.status_code in (302, 303, 200)


def test_a_supervisor_returns_it_with_what_to_change(supervisor, session, waiting):
    page = supervisor.get(f"/admin/releases/{waiting.public_id}")
    refused = supervisor.post_form(page, _button="退回", words="")
    assert "请写几句" in refused.page.text()
    supervisor.post_form(refused, _button="退回", words="利率再高一点")
    assert state(session, waiting.public_id) == "recalled"


def test_an_agent_sees_that_a_supervisor_releases(desk, session, waiting):
    text = desk.get(f"/admin/releases/{waiting.public_id}").page.text()
    assert "要由主管放行" in text
    assert "马上发给本人" not in text


def test_recalled_from_the_case_with_a_reason(supervisor, session, gateways, site, version):
    made = counter(session, gateways.vault, site, version, make_author(session))
    page = supervisor.get(f"/admin/plan/{made}")
    address = f"/admin/plan/{made}/recall"
    refused = supervisor.post_form(page, _action=address, _button="预览", recall="")
    assert "请写几句" in refused.page.text()
    shown = supervisor.post_form(
        refused, _action=address, _button="预览", recall="有一笔要先核对。"
    )
    assert "这个建议我们收回了" in shown.page.by_id("shown-page").text()
    assert state(session, made) == "countered"
    supervisor.post_form(shown, _action=address, _button="收回并告诉本人")
    assert state(session, made) == "recalled"


def test_what_went_to_and_fro_is_on_one_page(desk, session, gateways, site, version):
    made = counter(session, gateways.vault, site, version, make_author(session))
    page = desk.follow(desk.get(f"/admin/plan/{made}"), "看往来的话")
    text = page.page.text()
    for words in ("我们提的，第 2 版", "本人提的，第 1 版", TEXT.words):
        assert words in text


def test_what_its_borrower_changed_meanwhile_leads_to_the_case(desk, session, version):
    session.execute(update(PlanVersion).values(state="withdrawn", ended_at=NOW))
    session.commit()
    assert desk.get(f"/admin/plan/{version}/counter").status_code == 303


def differing(page) -> dict[str, str]:
    """What the last column of the numbers says, by row."""
    cells = [one for one in page.page.iter("td") if (one.get("id") or "").startswith("differs-")]
    return {one.get("id").removeprefix("differs-"): one.text() for one in cells}


def test_beside_each_number_stands_what_differs(desk, version):
    page = desk.get(f"/admin/plan/{version}/counter")
    assert set(differing(page).values()) == {"没变"}
    changes = {
        "periods": "12",
        "rate": "half",
        "penalty": "33.29",
        "upfront": "500",
        "put_off": "1",
    }
    said = differing(edit(desk, version, "重新算", **changes))
    wanted = {"periods": "多 4 期", "waived": "罚息多减 23.30", "upfront": "多 500.00"}
    assert said | wanted == said
    assert "15.60% → 7.80%" in said["rate"]
    assert said["days"] == "晚 31 天"
    assert said["kind"] == "没变"


def test_a_number_that_cannot_be_read_is_named_while_one_types(desk, version):
    page = edit(desk, version, "重新算", periods="很多")
    told = page.page.by_id("means").text()
    assert "现在算不出来。请写整数，例如 24" in told
    # a first look says nothing of differences that are not known
    assert set(differing(page).values()) == {""}


def test_after_a_preview_was_refused_the_meaning_says_why_too(desk, version):
    page = edit(desk, version, penalty="40")
    assert "现在算不出来。罚息的减免请写" in page.page.by_id("means").text()


def test_one_payment_is_not_held_against_a_month(desk, session, gateways, site):
    borrower = make_borrower(session, gateways.vault)
    loan = make_loan(session, borrower)
    earn(session, gateways.vault, borrower, loan, 800_000, 420_000)
    made = submitted(session, gateways.vault, site, borrower=borrower, loan=loan)
    day = beijing_date(NOW) + timedelta(9)
    page = edit(desk, made, "重新算", kind="settlement", pay_on=day.isoformat())
    told = page.page.by_id("means").text()
    assert "一次还清。看手上有没有这笔钱" in told
    assert "占余下" not in told


STEP_UP = {"kind": "step_up", "low_months": 4, "low_fen": 300_00, "periods": 12, "rate": "half"}


@pytest.fixture
def low_first(session, gateways, site, version) -> PlanVersion:
    made = counter(session, gateways.vault, site, version, make_author(session), **STEP_UP)
    return version_of(session, made)


def test_who_releases_reads_every_number_that_counts(supervisor, low_first):
    text = supervisor.get(f"/admin/releases/{low_first.public_id}").page.text()
    for words in ("先少后多", "4 期 300.00", "方案利率", "7.80%"):
        assert words in text


def test_once_released_nobody_else_is_waited_for(supervisor, session, gateways, site, version):
    waived = {"waived": Components(0, 33_29, 0, 100_00)}
    made = counter(session, gateways.vault, site, version, make_author(session), **waived)
    for _ in range(2):
        who = make_author(session, roles=("supervisor",))
        release(session, gateways.vault, site, version_of(session, made), who)
    text = supervisor.get(f"/admin/plan/{made}").page.text()
    assert "看过，同意。" in text
    assert "还要另一位" not in text
    # contact stays on hold while it lies with its borrower
    assert "联络已暂停" in text


def test_whoever_comes_second_is_told_and_has_what_was_written(
    desk, session, gateways, site, version
):
    page = desk.get(f"/admin/plan/{version}/counter")
    counter(session, gateways.vault, site, version, make_author(session))
    told = edit(desk, version, page=page, words="我也写了一个，给您看看。").page.text()
    assert "这个方案的状态已经变了" in told
    assert "没有发出。写的是：“我也写了一个，给您看看。”" in told
