"""The desk calls back: masked list in order, full number on record, one answer."""

import pytest
from sqlalchemy import func, select

from app.domain.errors import NotFound
from app.models import AuditEntry, CallbackRequest, Contact
from app.services.callbacks import answering as callback_answering
from app.services.callbacks.answering import LONGEST_NOTE, AlreadyAnswered, NoteNeeded, show_caller
from app.services.callbacks.queries import callback_page, callback_view
from app.services.core.context import Actor
from app.services.core.request_keys import KeyReused
from tests.factories import make_borrower
from tests.support.acting import acting
from tests.support.callbacks import MOBILE, NAME, NOTE
from tests.support.callbacks import ask_callback as ask
from tests.support.clock import NOW
from tests.support.races import run_together


def trail(session, action) -> list[AuditEntry]:
    return list(session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def test_the_full_number_leaves_an_entry_at_every_look(session, vault, actor):
    asked = ask(session, vault)
    for _ in range(2):
        caller = show_caller(session, acting(actor=actor, vault=vault), public_id=asked)
        assert (caller.name, caller.mobile) == (NAME, MOBILE)
    entries = trail(session, "callback.number_seen")
    assert [(one.actor, one.object_id) for one in entries] == [(actor.who, asked)] * 2
    assert MOBILE not in str([(one.before, one.after, one.reason) for one in entries])


def test_an_answer_is_kept_encrypted_with_who_and_when(session, vault, actor, answer):
    asked = ask(session, vault)
    answer(asked, note=f"  {NOTE}\n")
    row = session.scalars(select(CallbackRequest)).one()
    assert (row.state, row.answered_at, row.answered_by) == ("answered", NOW, actor.who)
    assert NOTE.encode() not in row.answer_enc
    case = callback_view(session, acting(vault=vault), public_id=asked)
    assert (case.note, case.answered_by, case.answered_at) == (NOTE, "客服 2073", NOW)
    (entry,) = trail(session, "callback.answered")
    assert (entry.before, entry.after["state"], entry.reason) == ({"state": "open"}, "answered", "")


def test_a_double_tap_answers_once(session, vault, answer):
    asked = ask(session, vault)
    answer(asked)
    answer(asked)
    assert len(trail(session, "callback.answered")) == 1
    with pytest.raises(KeyReused):
        answer(asked, note="另一件事")


def test_a_colleague_who_comes_second_changes_nothing(session, vault, actor, answer):
    asked = ask(session, vault)
    answer(asked)
    with pytest.raises(AlreadyAnswered):
        answer(asked, note="我也打了", by=Actor("staff:other"), key="key-2")
    case = callback_view(session, acting(vault=vault), public_id=asked)
    assert (case.note, len(trail(session, "callback.answered"))) == (NOTE, 1)


@pytest.mark.parametrize("note", ["", " \n ", "长" * (LONGEST_NOTE + 1)])
def test_no_note_or_too_long_a_one_closes_nothing(session, vault, answer, note):
    asked = ask(session, vault)
    with pytest.raises(NoteNeeded):
        answer(asked, note=note)
    assert callback_view(session, acting(vault=vault), public_id=asked).row.state == "open"


def test_the_call_is_on_a_known_borrowers_record_and_on_nobody_elses(
    session, vault, site, actor, answer
):
    borrower = make_borrower(session, vault)
    answer(ask(session, vault, borrower_id=borrower.id))
    contact = session.scalars(select(Contact)).one()
    assert (
        contact.borrower_id,
        contact.channel,
        contact.purpose,
        contact.person,
        contact.institution,
    ) == (
        borrower.id,
        "voice",
        "service",
        actor.who,
        site.lender_name,
    )
    assert NOTE not in contact.words
    answer(ask(session, vault), key="key-2")
    assert session.scalar(select(func.count()).select_from(Contact)) == 1


def test_an_unknown_one_is_not_found(session, vault, actor, answer):
    ask(session, vault)
    with pytest.raises(NotFound):
        callback_view(session, acting(vault=vault), public_id="x" * 20)
    with pytest.raises(NotFound):
        callback_page(session, acting(vault=vault), state="open", after="x" * 20)
    with pytest.raises(NotFound):
        show_caller(session, acting(actor=actor, vault=vault), public_id="x" * 20)
    with pytest.raises(NotFound):
        answer("x" * 20)


@pytest.mark.race
@pytest.mark.parametrize("is_one_person", [True, False])
def test_many_at_once_close_it_once(database, vault, site, is_one_person):
    with database.sessions() as session:
        asked = ask(session, vault)

    def tap(number):
        who, key = ("staff:a", "key") if is_one_person else (f"staff:{number}", f"key-{number}")
        with database.sessions() as own:
            callback_answering.answer_callback(
                own,
                acting(actor=Actor(who), vault=vault, site=site),
                public_id=asked,
                note=NOTE,
                request_key=key,
            )
            return "done"

    results = run_together(tap, threads=12)
    refused = [one for one in results if isinstance(one, AlreadyAnswered)]
    assert (results.count("done"), len(refused)) == ((12, 0) if is_one_person else (1, 11))
    with database.sessions() as session:
        assert len(trail(session, "callback.answered")) == 1
