"""Messages between a borrower and customer service: the list, a new one, one thread."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.errors import RuleBroken
from app.domain.topics import REVIEW_DAYS, TOPICS, Kind
from app.services.threads import opening as thread_opening
from app.services.threads import queries as thread_queries
from app.services.threads import steps as thread_steps
from app.services.threads.opening import Opening, TooManyMessages
from app.services.threads.queries import Concern, Mention, ThreadRow
from app.services.threads.read_marks import mark_read
from app.web import afterwards
from app.web.access import borrower_required, me
from app.web.addresses import MOST_COUNT, number_asked
from app.web.borrower.blueprint import bp
from app.web.borrower.thread_forms import WRITE_SOMETHING, OpeningForm, WordsForm, first_words
from app.web.context import context, db_session
from app.web.fields import stripped
from app.web.filters import words_of
from app.web.returning import see_other
from app.web.typed_answers import typed_before

ANY_TOPIC: dict[Kind, str] = {"question": "talk", "complaint": "complain"}


@bp.get("/messages")
@borrower_required
def messages() -> ResponseReturnValue:
    after = request.args.get("after") or None
    page = thread_queries.threads_of(db_session(), borrower_id=me(), after=after)
    return render_template(
        "borrower/threads.html", page=page, is_first=after is None, back_url=url_for(".home")
    )


@bp.route("/messages/new", methods=["GET", "POST"])
@borrower_required
def write_message() -> ResponseReturnValue:
    about = request.args.get("about", "")
    # An address with an unknown topic, from an older page, still opens a form.
    about = about if about in TOPICS else ANY_TOPIC["question"]
    kind, concern, form = TOPICS[about], _concern(about), OpeningForm()
    form.offer(kind)
    status, headers = 200, dict[str, str]()
    if form.validate_on_submit() and not _is_unwritten(form, about, concern):
        try:
            made = _open(form, concern)
        except TooManyMessages as refused:
            status, headers = _slow_down(form, refused)
        else:
            return see_other(url_for(".thread", thread_id=made))
    elif not form.is_submitted() and not typed_before():
        # Whoever only wants to write says what about; a link that knows has said it.
        form.about.data = "" if about in ANY_TOPIC.values() else about
        form.words.data = first_words(about, concern)

    # Told before sending: people decide to write or to call by when an answer comes (quality U26).
    by = thread_steps.answer_by(db_session(), context(), kind=kind)
    page = {
        "form": form,
        "is_complaint": kind == "complaint",
        "answer_by_at": by,
        "review_days": REVIEW_DAYS,
        "back_url": url_for(".messages"),
    }

    return render_template("borrower/thread_new.html", **page), status, headers


@bp.route("/messages/<thread_id>", methods=["GET", "POST"])
@borrower_required
def thread(thread_id: str) -> ResponseReturnValue:
    found = thread_queries.thread_of(db_session(), borrower_id=me(), public_id=thread_id)
    form = WordsForm()
    if form.validate_on_submit():
        try:
            _add(found, form)
        except TooManyMessages as refused:
            return _show(found, form, *_slow_down(form, refused))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))
        else:
            return see_other(url_for(".thread", thread_id=thread_id))

    return _show(found, form)


@bp.post("/messages/<thread_id>/end")
@borrower_required
def end_thread(thread_id: str) -> ResponseReturnValue:
    thread_opening.end_thread(db_session(), context(), borrower_id=me(), thread_public_id=thread_id)
    return see_other(url_for(".thread", thread_id=thread_id))


@bp.post("/messages/<thread_id>/review")
@borrower_required
def review_thread(thread_id: str) -> ResponseReturnValue:
    found = thread_queries.thread_of(db_session(), borrower_id=me(), public_id=thread_id)
    form = WordsForm()
    if form.validate_on_submit():
        try:
            thread_opening.ask_review(
                db_session(),
                context(),
                borrower_id=me(),
                thread_public_id=thread_id,
                words=form.words.data or "",
                request_key=form.request_key.data or "",
            )
            return see_other(url_for(".thread", thread_id=thread_id))
        except TooManyMessages as refused:
            return _show(found, form, *_slow_down(form, refused))
        except RuleBroken as refused:
            form.form_errors.append(words_of(refused))

    return _show(found, form)


def _show(
    found: ThreadRow, form: WordsForm, status: int = 200, headers: dict[str, str] | None = None
) -> ResponseReturnValue:
    before = number_asked("before")
    talk = thread_queries.conversation(
        db_session(), context(), public_id=found.public_id, before=before
    )
    if found.unread and talk.messages:
        _note_reading(found.public_id, talk.messages[-1].key)

    page = {
        "thread": found,
        "talk": talk,
        "form": form,
        "is_latest": before is None,
        "review_days": REVIEW_DAYS,
        "back_url": url_for(".messages"),
    }

    return render_template("borrower/thread.html", **page), status, headers or {}


def _note_reading(public_id: str, up_to: int) -> None:
    """That an answer was read is noted once the page has left."""
    acting = context()
    afterwards.after_answer(
        lambda own: mark_read(own, acting, public_id=public_id, up_to=up_to, by_staff=False)
    )


def _is_unwritten(form: OpeningForm, about: str, concern: Concern) -> bool:
    """Whether a question is still only what we put there; a complaint and a payment say enough."""
    if TOPICS[about] != "question" or about == "paid":
        return False
    if form.words.data != stripped(first_words(about, concern)):
        return False
    form.words.errors = [*form.words.errors, WRITE_SOMETHING]
    return True


def _open(form: OpeningForm, concern: Concern) -> str:
    return thread_opening.open_thread(
        db_session(),
        context(),
        borrower_id=me(),
        opening=Opening(form.about.data or "", form.words.data or "", concern.version),
        request_key=form.request_key.data or "",
    )


def _add(found: ThreadRow, form: WordsForm) -> None:
    thread_opening.add_message(
        db_session(),
        context(),
        borrower_id=me(),
        thread_public_id=found.public_id,
        words=form.words.data or "",
        request_key=form.request_key.data or "",
    )


def _concern(about: str) -> Concern:
    return thread_queries.concern(
        db_session(),
        context(),
        borrower_id=me(),
        mention=Mention(
            about,
            loan_public_id=request.args.get("loan", ""),
            version_public_id=request.args.get("version", ""),
            instalment=number_asked("instalment", MOST_COUNT),
        ),
    )


def _slow_down(form: WordsForm, refused: TooManyMessages) -> tuple[int, dict[str, str]]:
    form.form_errors.append(words_of(refused))
    return 429, {"Retry-After": str(refused.seconds)}
