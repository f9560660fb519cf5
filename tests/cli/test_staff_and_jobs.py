"""staff-add, jobs run and check-invariants."""

import pytest
from sqlalchemy import event, select, update

from app.models import AuditHead, Staff, StaffRole
from tests.support.proposals import decide, make_staff, submitted

ADDED = ("staff-add", "lin", "--name", "林客服", "--role", "agent", "--role", "supervisor")
PASSWORD = "correct horse battery\n"


def test_the_first_account_is_opened_with_a_password_from_standard_input(answer, database):
    status, told = answer(*ADDED, "--password-stdin", given=PASSWORD)
    assert status == 0
    assert (told["username"], told["roles"]) == ("lin", ["agent", "supervisor"])
    with database.sessions() as session:
        staff = session.scalars(select(Staff)).one()
        assert staff.password_hash.startswith("$argon2id$")
        assert set(session.scalars(select(StaffRole.role))) == {"agent", "supervisor"}


def test_a_weak_password_or_a_taken_name_is_refused(answer):
    status, told = answer(*ADDED, "--password-stdin", given="short\n")
    assert (status, told["error"]) == (1, "staff_refused")
    answer(*ADDED, "--password-stdin", given=PASSWORD)
    assert answer(*ADDED, "--password-stdin", given=PASSWORD)[0] == 1


@pytest.mark.parametrize("database_kind", ["sqlite"])
def test_without_a_terminal_the_password_must_be_piped(run):
    assert run(*ADDED, given=PASSWORD)[0] == 2
    assert run("staff-add", "lin", "--name", "林", "--role", "owner")[0] == 2


def test_the_jobs_run_once(answer):
    status, told = answer("jobs", "run", "--once")
    assert status == 0
    assert {"outbox", "housekeeping"} <= {one["job"] for one in told["jobs"]}
    assert all(one["left"] == 0 for one in told["jobs"])


def test_how_the_jobs_do_is_told_in_figures(answer):
    status, told = answer("jobs", "status")
    assert (status, "outbox" in told["silent"], told["failed_pieces"]) == (1, True, 0)
    answer("jobs", "run", "--once")
    status, told = answer("jobs", "status")
    assert (status, told["silent"], told["oldest_message_seconds"]) == (0, [], 0)


def test_an_untouched_house_keeps_its_promises(answer):
    status, told = answer("check-invariants")
    assert (status, told) == (
        0,
        {
            "checked": [
                "I1",
                "I2",
                "I3",
                "I4",
                "I5",
                "I7",
                "I9",
                "I13",
                "I19",
                "I14",
                "I17",
                "I18",
                "I20",
                "I21",
                "I22",
                "I25",
                "I26",
                "I29",
                "I15",
                "I16",
                "I23",
                "I24",
                "I27",
                "I30",
            ],
            "violations": [],
        },
    )


def test_a_violation_is_told_and_sets_the_exit_status(answer, run, database):
    with database.sessions() as session:
        session.execute(update(AuditHead).values(seq=7))
        session.commit()
    status, told = answer("check-invariants")
    assert (status, told["violations"]) == (
        1,
        [{"invariant": "I9", "what": "audit head 7: the last entry is 0"}],
    )
    assert "audit head 7" in run("check-invariants")[1]


def test_what_others_commit_meanwhile_is_no_violation(answer, app, database, gateways, settings):
    """A version is answered after its row was read and before its entries are."""
    vault, site = gateways.vault, settings.site
    with database.sessions() as session:
        waiting, decider = [submitted(session, vault, site)], make_staff(session)

    def decided(_connection, _cursor, statement, *_more):
        if (
            waiting
            and "plan_versions.valid_until_at" in statement
            and "JOIN borrowers" in statement
        ):
            with database.sessions() as other:
                decide(other, vault, site, waiting.pop(), decider)

    event.listen(app.extensions["anhuan_engine"], "after_cursor_execute", decided)
    assert answer("check-invariants")[1]["violations"] == []
    assert not waiting


def test_accounts_are_listed_disabled_and_opened_again(answer):
    answer(*ADDED, "--password-stdin", given=PASSWORD)
    status, told = answer("staff-list")
    assert status == 0
    (one,) = told["staff"]
    assert (one["username"], one["roles"]) == ("lin", ["agent", "supervisor"])
    assert (one["is_enrolled"], one["open_sessions"], one["disabled_at"]) == (False, 0, None)
    assert answer("staff-disable", "LIN") == (
        0,
        {"username": "LIN", "is_disabled": True, "is_changed": True},
    )
    assert answer("staff-list")[1]["staff"][0]["disabled_at"]
    assert answer("staff-disable", "lin", "--undo")[1]["is_changed"]
    assert answer("staff-disable", "nobody") == (1, {"error": "not_found", "message": "not_found"})


def test_roles_are_given_and_taken_but_the_last_administrators(answer, run):
    answer(*ADDED, "--password-stdin", given=PASSWORD)
    given = answer("staff-roles", "lin", "--give", "admin", "--take", "agent")
    assert given == (0, {"username": "lin", "roles": ["admin", "supervisor"]})
    for command in (("staff-roles", "lin", "--take", "admin"), ("staff-disable", "lin")):
        status, told = answer(*command)
        assert (status, told["error"]) == (1, "staff_refused")
    assert run("staff-roles", "lin")[0] == 2


def test_a_reset_tells_the_new_password_once(answer):
    answer(*ADDED, "--password-stdin", given=PASSWORD)
    status, told = answer("staff-reset", "lin", "--password", "--authenticator")
    assert (status, len(told["password"]), told["is_authenticator_reset"]) == (0, 16, True)
    status, told = answer("staff-reset", "lin")
    assert told == {
        "username": "lin",
        "password": None,
        "is_authenticator_reset": False,
        "sessions_ended": 0,
    }
