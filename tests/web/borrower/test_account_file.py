"""我的账: a stranger's program recomputes each amount of the agreement page from the file alone."""

import json
import re
import subprocess
import sys
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from app.cli import register
from app.domain.calendar import midnight
from app.models import Borrower
from app.services.proposals.basis import Answers
from tests.factories import make_borrower, make_loan
from tests.services.keeping.test_accounts import KINDS
from tests.support.counting import questions, statements
from tests.support.money import covered, paid, plan_of, taken_back, undone
from tests.support.people import sign_in_as
from tests.support.proposals import approved_at_once
from tests.support.several import signed_over, three_loans
from tests.support.signing import ask, read_by, sign

STRANGER = Path(__file__).parents[2] / "independent"
AMOUNT = re.compile(r"[0-9][0-9,]*\.[0-9]{2}(?![0-9]*%)")
# The agreement as it was signed stands below, word for word.
SIGNED_TEXT = "协议全文"


def one_loan(session, gateways, site, kind) -> str:
    """The number of a signed agreement of a kind."""
    borrower = make_borrower(session, gateways.vault)
    is_deferral = "way" in KINDS[kind]
    loan = make_loan(session, borrower, periods=24, paid=11 if is_deferral else 9)
    answers = Answers(choice="best_fit", kind="deferral" if is_deferral else kind, **KINDS[kind])
    version = approved_at_once(
        session, gateways.vault, site, borrower=borrower, loan=loan, answers=answers
    )
    read = read_by(session, gateways, site, version, borrower)
    return sign(session, gateways, site, ask(session, gateways, site, read))


def three(session, gateways, site) -> str:
    """The number of a signed agreement over three loans."""
    return signed_over(session, gateways, site, *three_loans(session, gateways.vault))


def pay_here_and_there(session, number):
    """In part, too much, taken back by the channel, taken off by hand, paid ahead."""
    paid(session, number, fen=20_001, on=date(2026, 11, 25))
    back = paid(session, number, fen=7_000, on=date(2026, 11, 27))
    taken_back(session, back, number, on=date(2026, 11, 30))
    wrong = paid(session, number, fen=9_000, on=date(2026, 12, 1))
    undone(session, wrong, at=midnight(date(2026, 12, 14)))
    paid(session, number, fen=33_333, on=date(2026, 12, 3))
    covered(session, date(2026, 12, 19))


def signed_in(session, client, clock, agreement: str, today: date):
    then = midnight(today) + timedelta(hours=10)
    clock.advance(seconds=(then - clock.now()).total_seconds())
    borrower = session.get(Borrower, plan_of(session, agreement).borrower_id)
    return sign_in_as(client, session, borrower, now=clock.now())


def by_a_stranger(path: Path, day: date) -> dict:
    """What the independent program tells; it imports nothing of the product."""
    command = [sys.executable, "account.py", str(path), "--as-of", day.isoformat(), "--json"]
    done = subprocess.run(command, cwd=STRANGER, capture_output=True, check=True)
    return json.loads(done.stdout)


@pytest.fixture
def by_the_command(app):
    """What `flask standing` tells."""
    register(app)
    runner = app.test_cli_runner()

    def told(path: Path, day: date) -> dict:
        done = runner.invoke(args=["standing", str(path), "--as-of", day.isoformat(), "--json"])
        return json.loads(done.stdout)

    return told


def amounts(file: dict, told: dict) -> set[int]:
    """Each amount that file and program let a stranger compute."""
    sums = {told["left_fen"], told["payoff_fen"], told["due_fen"]}
    sums.add(told["next"]["amount_fen"] if told["next"] else 0)
    return sums | of_the_terms(file) | of_the_rows(file, told) | of_the_money(file, told)


def of_the_terms(file: dict) -> set[int]:
    loans = file["plan"]["loans"]
    whole = {sum(part["fen"] for part in loan["parts"]) for loan in loans}
    printed: dict[int, int] = defaultdict(int)
    for part in (part for loan in loans for part in loan["parts"]):
        printed[part["number"]] += part["fen"]
    waived = sum(one["fen"] for loan in loans for one in loan["waivers"])
    return whole | {sum(whole), sum(printed.values()), max(printed.values()), waived}


def of_the_rows(file: dict, told: dict) -> set[int]:
    """Each number's amount, what is paid and left of it, and of all; what is past its grace."""
    ours = {(loan["ref"], one["number"]) for loan in file["plan"]["loans"] for one in loan["parts"]}
    amount, left, missed = defaultdict(int), defaultdict(int), 0
    for row in told["instalments"]:
        still = row["amount_fen"] - row["paid_fen"]
        missed += still if row["state"] == "missed" else 0
        # What a contract asks beside a catch-up is no number of the plan.
        if (row["ref"], row["number"]) in ours:
            amount[row["number"]] += row["amount_fen"]
            left[row["number"]] += still
    paid_fen = {fen - left[number] for number, fen in amount.items()}
    return paid_fen | {*amount.values(), *left.values(), sum(left.values()), missed}


def of_the_money(file: dict, told: dict) -> set[int]:
    """Each payment, what it covered by number and by component, what lies ahead and is over."""
    came = {one["number"]: one["fen"] for one in file["payments"]}
    found = set(came.values())
    for one in told["payments"]:
        by: dict[object, int] = defaultdict(int)
        for part in one["covered"]:
            by[part["number"]] += part["fen"]
            by[part["number"], part["component"]] += part["fen"]
            by[part["number"], part["component"], part["ref"]] += part["fen"]
        laid = sum(part["fen"] for part in one["covered"])
        rest = came[one["number"]] - laid - one["credit_fen"]
        found |= {*by.values(), one["credit_fen"], rest}
    return found


def same(one: dict, other: dict) -> bool:
    """Whether both tell the same; in which order rows are listed tells nothing."""

    def plain(told):
        payments = [
            (each["number"], each["credit_fen"], sorted(map(str, each["covered"])))
            for each in told["payments"]
            if each["covered"] or each["credit_fen"]
        ]
        rows = sorted(str(row) for row in told["instalments"])
        rest = {name: told[name] for name in told if name not in ("payments", "instalments")}
        return rest, sorted(payments), rows

    return plain(one) == plain(other)


PLANS = {kind: lambda *what, kind=kind: one_loan(*what, kind) for kind in KINDS} | {"three": three}


@pytest.mark.parametrize("plan", PLANS)
def test_a_stranger_recomputes_the_page(
    client, session, gateways, site, clock, tmp_path, by_the_command, plan
):
    agreement = PLANS[plan](session, gateways, site)
    pay_here_and_there(session, agreement)
    for today in (date(2026, 12, 4), date(2026, 12, 20)):
        phone = signed_in(session, client, clock, agreement, today)
        path = tmp_path / "account.json"
        told = compare(phone, agreement, path, today)
        assert same(by_the_command(path, today), told)


def compare(phone, agreement: str, path: Path, today: date) -> dict:
    """What a stranger tells from the file that the page offers; each amount shown is among it."""
    page = phone.get(f"/agreement/{agreement}").page
    answer = phone.get(f"/agreement/{agreement}/account.json")
    path.write_bytes(answer.data)
    file, told = json.loads(answer.data), by_a_stranger(path, today)

    shown = page.first("main").text().partition(SIGNED_TEXT)[0]
    seen = {int(one.replace(",", "").replace(".", "")) for one in AMOUNT.findall(shown)}
    assert len(seen) >= 8
    assert len(seen) >= 8
    assert seen - amounts(file, told) == set()
    assert {told["payoff_fen"], *(each["fen"] for each in file["payments"])} <= seen
    return told


def test_the_file_is_downloaded_under_its_name(phone_of, agreement):
    answer = phone_of.get(f"/agreement/{agreement}/account.json")
    assert answer.mimetype == "application/json"
    said = answer.headers["Content-Disposition"]
    assert said.startswith(f"attachment; filename={agreement}.json")
    assert quote(f"我的账-{agreement}.json") in said
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "\n" in answer.text
    assert "招行" in answer.text


@pytest.fixture
def agreement(session, gateways, site):
    found = one_loan(session, gateways, site, "reamortise")
    paid(session, found, fen=20_001, on=date(2026, 11, 25))
    return found


@pytest.fixture
def phone_of(session, client, clock, agreement):
    return signed_in(session, client, clock, agreement, date(2026, 12, 4))


def test_the_agreement_page_leads_to_it(phone_of, agreement):
    page = phone_of.get(f"/agreement/{agreement}").page
    (row,) = [one for one in page.iter("a") if (one.get("href") or "").endswith("account.json")]
    assert "我的账" in row.text()
    assert "下载全部数字，自己也能验算" in row.text()


def test_few_questions(phone_of, agreement, database):
    with statements(database.engine) as seen:
        phone_of.get(f"/agreement/{agreement}/account.json")
    assert len(questions(seen)) <= 10


def test_a_plan_that_is_done_has_its_file_too(session, phone_of, agreement):
    paid(session, agreement, fen=9_000_000, on=date(2026, 12, 4))
    answer = phone_of.get(f"/agreement/{agreement}/account.json")
    assert len(json.loads(answer.data)["payments"]) == 2
