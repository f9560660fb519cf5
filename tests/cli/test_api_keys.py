"""api-key-add, api-key-list and api-key-disable."""

import pytest

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
ADD = ("api-key-add", "--name", "核心系统", "--scope", "holds:read")


def test_a_key_is_told_once_listed_without_it_and_disabled(answer):
    status, made = answer(*ADD, "--scope", "payments:write")
    assert (status, made["scopes"]) == (0, ["holds:read", "payments:write"])
    assert made["key"].startswith("ahk_")
    status, listed = answer("api-key-list")
    (one,) = listed["keys"]
    assert (one["public_id"], one["name"], one["disabled_at"]) == (
        made["public_id"],
        "核心系统",
        None,
    )
    assert made["key"] not in str(listed)
    assert answer("api-key-disable", made["public_id"]) == (
        0,
        {"public_id": made["public_id"], "is_changed": True},
    )
    assert answer("api-key-disable", made["public_id"])[1]["is_changed"] is False
    assert answer("api-key-list")[1]["keys"][0]["disabled_at"] is not None


def test_people_read_it_too(run):
    _status, told, _ = run(*ADD)
    assert "只显示这一次" in told
    assert "还没用过" in run("api-key-list")[1]


def test_what_is_unknown_is_refused(answer, run):
    assert answer("api-key-disable", "x" * 20)[0] == 1
    assert run("api-key-add", "--name", "x", "--scope", "all")[0] == 2
    assert run("api-key-add", "--name", "x")[0] == 2
    status, told = answer("api-key-add", "--name", " ", "--scope", "holds:read")
    assert (status, told["error"]) == (1, "key_name")
