"""Walks through the product that between them show every page, and a reader of what they show."""

from datetime import date, timedelta

from flask import Flask, request
from sqlalchemy import select, update

from app.domain.calendar import BEIJING
from app.models import Agreement, Borrower, Case, OutboxItem
from app.services.callbacks.requesting import TOPICS
from app.services.nightly.importing import import_book
from app.services.recalls.noticing import notice_changed_figures
from app.services.work.runs import note_run
from tests.factories import make_borrower, make_contact, make_loan
from tests.support import routes
from tests.support.acting import acting
from tests.support.appeals import refused
from tests.support.asking import journey, pick, to_ways
from tests.support.authenticator import fresh_code, secret_of
from tests.support.books import ListBook, good_cells, id_number
from tests.support.counters import file_says
from tests.support.money import paid
from tests.support.month import tell_month
from tests.support.page_reading import read
from tests.support.people import make_staff, sign_in_as, sign_in_staff
from tests.support.proposals import approved_at_once, submitted
from tests.support.signing import approved
from tests.support.staff_accounts import PASSWORD
from tests.support.staff_accounts import add as add_staff
from tests.support.threads import ask_change, handler
from tests.support.world import World
from tests.web.access_matrix import OPEN_TO
from tests.web.breaking_stories import breaking
from tests.web.claiming_stories import claiming_money, showing_transfers
from tests.web.map_stories import drafting_the_policy, mapping_columns
from tests.web.money_stories import (
    changing_what_runs,
    keeping,
    settling,
    taking_papers,
    telling_the_core,
)
from tests.web.paying_stories import paying
from tests.web.refund_stories import closing_a_month, refunding

ATTRIBUTES = ("aria-label", "placeholder", "title", "data-busy", "data-done", "data-wait")
TICKS = {f"clause_{code}": True for code in ("limitation", "missed", "credit", "order")}
LONG = "长" * 2_000
WORDS = "这个数要还很久，想和您一起再看看。"
NEW_MOBILE, LAST4 = "19003746000", "0965"
CALLER, CALLERS_NEW, CALLERS_LAST4 = "19003747744", "19003747745", "0973"


class Reader:
    """What people can read of every answer, attributes that are read out among it, by request."""

    def __init__(self, app: Flask) -> None:
        self.pages: dict[str, str] = {}
        app.after_request(self._take)

    def _take(self, response):
        if response.mimetype == "text/html":
            html = response.get_data(as_text=True)
            page = read(html, partial="<html" not in html[:400])
            told = [one.get(name) or "" for one in page.iter() for name in ATTRIBUTES]
            address = f"{request.method} {request.full_path} {response.status_code}"
            self.pages[f"{address} #{len(self.pages)}"] = "\n".join([page.text(), *told])
        return response


class Stage:
    """An installation with everybody in it, and a reader at every page."""

    def __init__(self, app, database, gateways, site, sms, clock) -> None:
        self.app, self.database, self.gateways, self.site = app, database, gateways, site
        self.sms, self.clock, self.reader = sms, clock, Reader(app)
        self.world = World(app, database, gateways, site)

    @property
    def templates(self) -> set[str]:
        """The templates that were shown, by name."""
        return {name for _loader, name in self.app.jinja_env.cache}  # type: ignore[union-attr]

    def borrower(self, session):
        """One more borrower, and a phone that carries their session."""
        number = 19003745000 + len(session.scalars(select(Borrower.id)).all())
        found = make_borrower(session, self.gateways.vault, mobile=str(number))
        return found, sign_in_as(self.app.test_client(), session, found, now=self.clock.now())

    def desk(self, session, username: str, *roles: str):
        """One more member of staff, at a desk."""
        staff = make_staff(session, *(roles or ("agent",)), username=username)
        return sign_in_staff(self.app.test_client(), session, staff, now=self.clock.now())

    def messages(self) -> list[str]:
        """Every message by SMS that went out or waits."""
        vault = self.gateways.vault
        with self.database.sessions() as session:
            waiting = session.scalars(select(OutboxItem).where(OutboxItem.payload_enc.is_not(None)))
            return [one["text"] for one in self.sms.all()] + [
                vault.unseal(
                    one.payload_enc, table="outbox", row=one.idempotency_key, column="payload"
                )
                for one in waiting
            ]


def every_address(stage: Stage) -> None:
    """Every address that can be read, by everyone who may, and one that is not there."""
    for rule in routes.page_rules(stage.app):
        if "GET" in routes.methods(rule):
            for who in sorted(OPEN_TO[rule.endpoint]):
                stage.world.client(who).get(stage.world.address(rule), buffered=True)
    for place in ("/nothing", "/admin/nothing", "/check/nothing"):
        stage.app.test_client().get(place)


def signing_in(stage: Stage) -> None:
    """From the number to the documents, a code too many and a wrong one on the way."""
    with stage.database.sessions() as session:
        make_borrower(session, stage.gateways.vault, mobile=NEW_MOBILE)
    client = stage.app.test_client()
    page = client.post_form(client.get("/sign-in"), mobile=NEW_MOBILE)
    client.post_form(page, _action="/sign-in/code", code="12")
    client.post_form(page, _action="/sign-in/again")
    page = client.post_form(page, _action="/sign-in/code", code=stage.sms.code(NEW_MOBILE))
    page = client.post_form(page, id_last4=LAST4)
    for _try in range(6):
        client.post_form(client.get("/admin/sign-in"), username="nobody", password="-")


def entering_the_desk(stage: Stage) -> None:
    """The first sign-in at the desk enrols an authenticator; the next one asks for its code."""
    with stage.database.sessions() as session:
        add_staff(session, username="newcomer")
    for _time in range(2):
        client = stage.app.test_client()
        sign_in = client.get("/admin/sign-in")
        page = client.post_form(sign_in, username="newcomer", password=PASSWORD)
        with stage.database.sessions() as session:
            secret = secret_of(session, stage.gateways.vault, "newcomer")
        typed = secret or next(
            one.text() for one in page.page.iter("p") if one.get("id") == "secret"
        ).replace(" ", "")
        client.post_form(page, code=fresh_code(typed, stage.clock.now()))


def asking_for_a_call(stage: Stage) -> None:
    """A call back for each topic; words that are too long."""
    client = stage.app.test_client()
    wish = {"name": "王女士", "mobile": "138 0000 0000", "words": "", "wished_time": "any"}
    for topic in TOPICS:
        client.post_form(client.get(f"/callback?topic={topic}"), **wish)
    client.post_form(client.get("/callback?topic=talk"), **(wish | {"words": LONG, "name": LONG}))


def writing(stage: Stage) -> None:
    """A question and a complaint, too long first, then with an answer at the desk."""
    with stage.database.sessions() as session:
        _borrower, phone = stage.borrower(session)
        desk = stage.desk(session, "writing", "supervisor")
    for about in ("talk", "complain"):
        page = phone.get(f"/messages/new?about={about}")
        page = phone.post_form(page, words=LONG, about=about)
        page = phone.post_form(page, words=WORDS)
        thread = f"/admin/messages/{page.request.path.split('/')[-1]}"
        for words in (LONG, WORDS):
            desk.post_form(desk.get(thread), _action=thread, words=words)
        phone.get(page.request.path)


def calling(stage: Stage) -> None:
    """Who says to be a borrower is asked, passes, hangs up, and in the end is asked no more."""
    with stage.database.sessions() as session:
        # A person of their own: what is held after a changed mobile is held for the person.
        borrower = make_borrower(
            session, stage.gateways.vault, mobile=CALLER, id_number=f"99010119890114{CALLERS_LAST4}"
        )
        make_loan(session, borrower)
        desk = stage.desk(session, "calling", "agent")
        colleague = stage.desk(session, "called", "agent")
    page = desk.get(f"/admin/borrowers/{borrower.public_id}/caller")
    page = desk.post_form(page, _button="开始核对")
    for heard in (CALLERS_LAST4, "19890114"):
        page = desk.post_form(page, _button="对不对", heard=heard)
    page = colleague.post_form(colleague.get(page.request.path), _button="开始核对")
    for heard in ("", "0000", "19000101"):
        page = colleague.post_form(page, _button="对不对", heard=heard)
    page = colleague.post_form(page, _button="另一通电话")
    colleague.post_form(page, _button="对不对", heard="0000")
    _change_mobile(desk, colleague, page.request.path)


def _change_mobile(desk, colleague, address: str) -> None:
    """Entered with a slip first, confirmed by a colleague, objected to."""
    wish = {"mobile": CALLERS_NEW, "again": CALLERS_NEW, "reason": "closed"}
    page = desk.post_form(desk.get(address), _action="/mobile", **(wish | {"again": LAST4}))
    desk.post_form(page, _action="/mobile", **wish)
    colleague.get("/admin/mobile-changes")
    colleague.post_form(colleague.get(address), _action="/confirm")
    desk.post_form(desk.get(address), _action="/mobile/")


def proposing(stage: Stage) -> None:
    """From a loan to a proposal with a private reason, and back; so small that income is asked."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        make_contact(session, borrower)
        loan = make_loan(session, borrower, disputed=True)
        reason = f"/loan/{loan.public_id}/plan/reason"
        desk = stage.desk(session, "proposing")
    page = phone.post_form(phone.get(reason), _action="/reason", reason="illness", consent=True)
    page = phone.post_form(pick(phone, page), answer="400")
    page = tell_month(phone, page, "3000", "2500")
    page = phone.post_form(phone.post_form(page, _button="choose", choice="best_fit"))
    version = page.request.path.split("/")[2]
    for place in ("/home", "/hold", "/contacts", f"/plan/{version}"):
        phone.get(place)
    _prepare_answer(desk, version)
    phone.post_form(phone.get(f"/plan/{version}"), _action="/change")
    phone.post_form(phone.get(f"/plan/{version}/withdraw"), _action="/withdraw")
    phone.post_form(phone.get(reason), _action="/leave")


def picking_a_kind(stage: Stage) -> None:
    """Every kind of plan as far as its check page, and what is changed aside."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        late, early = make_loan(session, borrower), make_loan(session, borrower, paid=11)
    page = phone.post_form(to_ways(phone, late), ease="in_months", months="3", _button="look")
    page = phone.post_form(pick(phone, page, "step_up"), low="300", low_months="3")
    page = phone.post_form(page, answer="1500")
    phone.get(journey(late, "what-if"))
    phone.post_form(page, _button="choose", choice="best_fit")
    for place in ("first-payment", "pay-day"):
        phone.get(journey(late, place))
    page = phone.post_form(pick(phone, phone.get(journey(late, "ways")), "catch_up"), answer="1500")
    phone.post_form(page, _button="choose", choice="best_fit")
    page = pick(phone, phone.get(journey(late, "ways")), "settlement")
    phone.post_form(page, answer="2026-12-05", own="own", sum="5155")
    page = phone.post_form(pick(phone, to_ways(phone, early), "deferral"), months="3", way="later")


def _prepare_answer(desk, version: str) -> None:
    case = f"/admin/plan/{version}"
    desk.post_form(desk.get(case), _action="/hardship")
    for words in (LONG, WORDS):
        answer = {"answer": "refuse", "reason_code": "amount_too_low", "words": words}
        desk.post_form(desk.get(case), _action=case, _button="预览", **answer)


def asking_for_a_change(stage: Stage) -> None:
    """Proposals the desk asks about, one in time and one late, and the pages meanwhile."""
    vault, site, now = stage.gateways.vault, stage.site, stage.clock.now()
    versions = []
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        desk, mei = stage.desk(session, "asking"), handler(session, username="mei")
        for days in (3, 60):
            mine = {"borrower": borrower, "loan": make_loan(session, borrower)}
            version = submitted(session, vault, site, now=now - timedelta(days=days), **mine)
            ask_change(session, vault, site, version, mei, now=now - timedelta(days=1))
            versions.append(version)
    for tab in ("borrower", "materials"):
        desk.get(f"/admin/?tab={tab}")
    phone.get("/home")
    for version in versions:
        desk.get(f"/admin/plan/{version}")
        phone.get(f"/plan/{version}")
        phone.get(f"/plan/{version}/done")


def countering(stage: Stage) -> None:
    """Other terms written, shown, released and read, one recalled."""
    with stage.database.sessions() as session:
        vault, site, now = stage.gateways.vault, stage.site, stage.clock.now()
        borrower, phone = stage.borrower(session)
        mine = [{"borrower": borrower, "loan": make_loan(session, borrower)} for _ in range(2)]
        versions = [submitted(session, vault, site, now=now, **one) for one in mine]
        desk = stage.desk(session, "countering")
        boss = stage.desk(session, "releasing", "supervisor")
    for version, rate in zip(versions, ("contract", "zero"), strict=True):
        address = f"/admin/plan/{version}/counter"
        page = desk.post_form(desk.get(address), _action=address, _button="重新算", periods="70")
        terms = {"periods": "12", "rate": rate, "words": WORDS, "summary": WORDS}
        page = desk.post_form(page, _action=address, _button="预览", **terms)
        desk.post_form(page, _button="发出" if rate == "contract" else "交给主管放行")
        desk.get(f"/admin/plan/{version}")
    waiting = [a.get("href") for a in boss.get("/admin/releases").page.iter("a")]
    (waiting,) = [one for one in waiting if one and one.startswith("/admin/releases/")]
    desk.get(waiting)
    boss.post_form(boss.get(waiting), _button="放行，马上发给本人")
    phone.get("/home")
    for version in versions:
        page = phone.get(f"/plan/{version}")
        page = phone.get(next(a.get("href") for a in page.page.iter("a") if "看现在" in a.text()))
        desk.get(f"/admin{page.request.path}/talk")
    recall = f"/admin{page.request.path}"
    shown = boss.post_form(
        boss.get(recall), _action=f"{recall}/recall", _button="预览", recall=WORDS
    )
    boss.post_form(shown, _button="收回并告诉本人")
    phone.get(page.request.path)


def recalling(stage: Stage) -> None:
    """Approved, then a file changes what is owed: listed, told on the phone, recalled."""
    with stage.database.sessions() as session:
        vault, site, now = stage.gateways.vault, stage.site, stage.clock.now()
        borrower, phone = stage.borrower(session)
        mine = [{"borrower": borrower, "loan": make_loan(session, borrower)} for _ in range(2)]
        less, more = (approved_at_once(session, vault, site, now=now, **one) for one in mine)
        file_says(session, mine[0]["loan"], paid=mine[0]["loan"].paid + 1)
        file_says(session, mine[1]["loan"], fee_fen=1)
        notice_changed_figures(session, acting(now=now, vault=vault, site=site), limit=10)
        boss = stage.desk(session, "recalling", "supervisor")
    boss.get("/admin/?tab=figures")
    phone.get("/home")
    for version in (less, more):
        phone.get(f"/plan/{version}")
        case = f"/admin/plan/{version}"
        shown = boss.post_form(
            boss.get(case), _action=f"{case}/recall", _button="预览", recall=WORDS
        )
        boss.post_form(shown, _button="收回并告诉本人")
        boss.get(case)
        phone.get(f"/plan/{version}")
        phone.get(f"/plan/{version}/sign")
    phone.get("/home")


def no_way_yet(stage: Stage) -> None:
    """A loan that is being checked, one too old, one for a day of choice, an amount too small."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        desk = stage.desk(session, "old")
        gone = make_loan(session, borrower, missing_since_on=date(2026, 11, 22))
        old = make_loan(session, borrower, start_on=date(2020, 1, 18), paid=1)
        small = make_loan(session, borrower, principal_fen=17_300, annual_ppm=0)
        usual = make_loan(session, borrower)
        gone.remark_enc = stage.gateways.vault.seal(
            "已联系", table="loans", row=gone.public_id, column="remark"
        )
        session.commit()
        loans = [one.public_id for one in (gone, old, small, usual)]
    for one in loans:
        phone.get(f"/loan/{one}")
        desk.get(f"/admin/loans/{one}")
        desk.get(f"/admin/loans/{one}/plan")
        page = phone.get(f"/loan/{one}/plan", follow_redirects=True)
    _fill_in_by_phone(desk, loans[-1])
    page = phone.post_form(page, answer=[loans[-1]])
    page = phone.post_form(page, _action="/reason", _button="skip")
    page = phone.post_form(pick(phone, page), answer="50")
    phone.post_form(phone.get("/breathing"))
    phone.get("/home")


def _fill_in_by_phone(desk, loan: str) -> None:
    """Up to the page that shows what would go, and no further."""
    page = desk.get(f"/admin/loans/{loan}/plan")
    page = desk.post_form(page, _button="算一算", loans=[loan], monthly="600", pay_day="10")
    page = desk.post_form(page, _button="先看本人会看到的", choice="best_fit")
    assert "发出前再看一遍" in page.page.text()


def appealing(stage: Stage) -> None:
    """A refusal, the appeal against it, and the desk that answers."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        vault, site = stage.gateways.vault, stage.site
        version = refused(session, vault, site, borrower=borrower, loan=loan)[1]
        desk = stage.desk(session, "appeal")
        boss = stage.desk(session, "appealed", "supervisor")
    phone.get("/home")
    for words in (LONG, WORDS):
        phone.post_form(phone.get(f"/plan/{version}/appeal"), words=words)
    phone.get(f"/plan/{version}")
    case = f"/admin/plan/{version}"
    desk.post_form(desk.get(case), _action=case, _button="交给主管", summary=WORDS)
    answer = {"answer": "approve", "reason_code": "within_means"}
    page = boss.post_form(boss.get(case), _action=case, _button="预览", **answer)
    boss.post_form(page, _button="发出")
    phone.get(f"/plan/{version}")


def signing(stage: Stage) -> None:
    """An approved plan read too fast, signed with a code, and kept."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        version = approved(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        mobile = str(19003745000 + len(session.scalars(select(Borrower.id)).all()) - 1)
        address = f"/plan/{version}/sign"
    page = phone.post_form(phone.get(address), **TICKS)
    stage.clock.advance(seconds=20)
    page = phone.post_form(page, **TICKS)
    phone.post_form(page, _action="/sign/again")
    phone.post_form(page, _action="/sign/code", code="12")
    page = phone.post_form(page, _action="/sign/code", code=stage.sms.code(mobile))
    number = page.request.path.split("/")[2]
    payoff = f"/agreement/{number}/payoff"
    for place in (f"/agreement/{number}", f"/loan/{loan.public_id}", "/home", address, payoff):
        phone.get(place)
    phone.get(f"{payoff}?on=2031-01-01")
    day = stage.clock.now().astimezone(BEIJING).date()
    with stage.database.sessions() as session:
        paid(session, number, fen=9_000_000, on=day)
    phone.get(payoff)
    with stage.database.sessions() as session:
        code = session.scalars(select(Agreement.check_code).where(Agreement.number == number)).one()
    stage.app.test_client().get(f"/check/{code}")


def not_signing(stage: Stage) -> None:
    """A document that could not be made, and a loan that is being checked."""
    with stage.database.sessions() as session:
        borrower, phone = stage.borrower(session)
        loan = make_loan(session, borrower)
        version = approved(session, stage.gateways, stage.site, borrower=borrower, loan=loan)
        desk = stage.desk(session, "fault")
        session.execute(update(Case).values(document_fault="𱁬"))
        session.commit()
        desk.get(f"/admin/plan/{version}")
        session.execute(update(Case).values(document_fault=None))
        loan.missing_since_on = date(2026, 11, 22)
        session.commit()
    phone.get(f"/plan/{version}/sign")


def deciding_about_a_file(stage: Stage) -> None:
    """A file with two mobiles of one person, and one of which most rows are in another unit."""
    vault, now = stage.gateways.vault, stage.clock.now()
    day = now.astimezone(BEIJING).date()
    rows = [good_cells(number, as_of=day, 证件号码=id_number(701)) for number in (701, 702)]
    unlike = [good_cells(n, as_of=day, differences={"penalty": 137}) for n in range(703, 730)]
    with stage.database.sessions() as session:
        desk = stage.desk(session, "filing", "supervisor")
        for book in (ListBook(rows, sha256="1" * 64), ListBook(unlike, sha256="2" * 64)):
            import_book(
                session, acting(now=now, vault=vault), book=book, is_confirmed=book.rows is rows
            )
    page = desk.get("/admin/contested")
    page = desk.follow(page, "打开")
    desk.post_form(page, words=LONG)
    file = desk.follow(desk.get("/admin/nightly-files"), "打开")
    address = file.request.path
    file = desk.post_form(file, _action=f"{address}/confirm", words="")
    desk.post_form(file, _action=f"{address}/confirm", _button="退回", words=WORDS)


def looking_after_the_work(stage: Stage) -> None:
    """An export nobody can make, a task that breaks, a message that did not go."""
    with stage.database.sessions() as session:
        desk = stage.desk(session, "looking-after", "admin")
        context = acting(now=stage.clock.now(), gateways=stage.gateways)
        note_run(session, context, name="stamps", fault="gateway_down")
        note_run(session, context, name="outbox", done=1)
    desk.post_form(desk.get("/admin/work"), _button="再试一次")


STORIES = (
    claiming_money,
    refunding,
    calling,
    mapping_columns,
    every_address,
    signing_in,
    entering_the_desk,
    asking_for_a_call,
    writing,
    proposing,
    picking_a_kind,
    asking_for_a_change,
    countering,
    recalling,
    no_way_yet,
    appealing,
    signing,
    keeping,
    changing_what_runs,
    settling,
    paying,
    breaking,
    taking_papers,
    showing_transfers,
    telling_the_core,
    not_signing,
    deciding_about_a_file,
    drafting_the_policy,
    looking_after_the_work,
    closing_a_month,
)
