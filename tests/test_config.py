"""Settings: development needs nothing, production refuses what is missing or weak."""

import hashlib
import secrets
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.config import BadSettings, Settings
from app.wiring import make_gateways
from tests.support.agreements import a_text, paper_of
from tests.support.production import OF_THE_LENDER

REAL = {
    "APP_ENV": "production",
    "DATABASE_URL": "postgresql+psycopg://a:b@db/anhuan",
    "SECRET_KEY": hashlib.sha256(b"secret").hexdigest(),
    "DATA_KEY": hashlib.sha256(b"data").hexdigest(),
    "LOOKUP_KEY": hashlib.sha256(b"look-up").hexdigest(),
    "AUDIT_ANCHOR_FILE": "/var/lib/anhuan/anchors.txt",
    "TRUSTED_HOSTS": "anhuan.example.cn",
    "BASE_URL": "https://anhuan.example.cn",
    "PROXY_HOPS": "1",
    "SIGNING_KEY_FILE": __file__,
    "SIGNING_CERT_FILE": __file__,
    "TIMESTAMP_URL": "https://tsa.example.cn/tsr",
    "TIMESTAMP_ROOT_FILE": __file__,
    "FILE_STORE": "folder",
}


TENCENT = {
    "SMS_GATEWAY": "tencent",
    "TENCENT_SECRET_ID": "i",
    "TENCENT_SECRET_KEY": "hidden",
    "TENCENT_RECEIPT_KEY": hashlib.sha256(b"receipts").hexdigest(),
    "TENCENT_SMS_APP_ID": "1400",
    "TENCENT_SMS_TEMPLATES": '{"1": "验证码 {1}"}',
}


SITE = dict.fromkeys((*OF_THE_LENDER, "HOTLINE"), "x")


def test_development_makes_its_keys_once(tmp_path):
    first = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    second = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    assert first.secret_key == second.secret_key
    assert (first.data_key, first.lookup_key) == (second.data_key, second.lookup_key)
    assert len({first.secret_key, first.data_key.hex(), first.lookup_key.hex()}) == 3
    assert not any(path.stat().st_mode & 0o077 for path in (tmp_path / "keys").iterdir())


def test_production_names_every_missing_setting_at_once(tmp_path):
    with pytest.raises(BadSettings) as refused:
        Settings.from_env({"APP_ENV": "production", "INSTANCE_DIR": str(tmp_path)})
    told = str(refused.value)
    for name in (
        "DATABASE_URL",
        "SECRET_KEY",
        "DATA_KEY",
        "LOOKUP_KEY",
        "AUDIT_ANCHOR_FILE",
        "SMS_GATEWAY",
        "BASE_URL",
        "HOTLINE",
        "PAYEE_ACCOUNT",
        "SIGNING_KEY_FILE",
        "SIGNING_CERT_FILE",
        "TIMESTAMP_URL",
        "TIMESTAMP_ROOT_FILE",
        "PROXY_HOPS",
        "FILE_STORE",
    ):
        assert name in told
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("DATA_KEY", "ab"),
        ("LOOKUP_KEY", "z" * 64),
        ("BASE_URL", "http://anhuan.example.cn"),
        ("SIGNING_KEY_FILE", "/nowhere/key.pem"),
        ("SIGNING_TRUSTED_DIR", "/nowhere"),
        ("TIMESTAMP_URL", "tsa.example.cn"),
        ("TIMESTAMP_ROOT_FILE", "/nowhere/root.pem"),
        ("SMS_GATEWAY", "local"),
        ("PROXY_HOPS", "one"),
        ("IMPORT_PROCESSES", "-1"),
        ("DATABASE_URL", "postgres://a:b@db/anhuan"),
        ("DATABASE_URL", "mysql://a:b@db/anhuan"),
        ("HOTLINE", "400-000-0000"),
        ("PAYEE_ACCOUNT", "0000 0000 0000 0000"),
        ("FILE_STORE", "ftp"),
    ],
)
def test_production_refuses_the_weak(tmp_path, name, value):
    with pytest.raises(BadSettings, match=rf"{name}\b(?! is missing(;|$))"):
        Settings.from_env(REAL | {"INSTANCE_DIR": str(tmp_path), name: value})


S3 = {
    "FILE_STORE": "s3",
    "S3_ENDPOINT": "https://s3.example.cn",
    "S3_BUCKET": "anhuan",
    "S3_PREFIX": "house",
    "S3_REGION": "cn-north-1",
    "S3_ACCESS_KEY_ID": "i",
    "S3_SECRET_ACCESS_KEY": "kept apart",
}


def test_a_store_of_files_is_named_as_a_whole(tmp_path):
    here = REAL | SITE | TENCENT | {"INSTANCE_DIR": str(tmp_path)}
    found = Settings.from_env(here | S3)
    assert (found.s3.bucket, found.s3.addressing) == ("anhuan", "auto")
    assert "kept apart" not in repr(found)
    assert Settings.from_env(here).s3 is None
    for name in set(S3) - {"FILE_STORE"}:
        with pytest.raises(BadSettings, match=f"^{name} is missing$"):
            Settings.from_env(here | S3 | {name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [("S3_ENDPOINT", "http://s3.example.cn"), ("S3_ADDRESSING", "sideways")],
)
def test_a_store_of_files_that_is_odd_is_refused(tmp_path, name, value):
    here = REAL | SITE | TENCENT | S3 | {"INSTANCE_DIR": str(tmp_path)}
    with pytest.raises(BadSettings, match=f"^{name} must"):
        Settings.from_env(here | {name: value})


ROW = bytes(range(32)).hex()


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("SECRET_KEY", "a" * 64, "too few different values"),
        ("SECRET_KEY", "0" * 64, "too few different values"),
        ("SECRET_KEY", "abc123" * 8, "too few different values"),
        ("SECRET_KEY", "0123456789abcdef" * 4, "one pattern repeated"),
        ("SECRET_KEY", "correct horse battery " * 2 + "correct", "one pattern repeated"),
        ("SECRET_KEY", "abcdefghijklmnopqrstuvwxyz0123456789", "values in a row"),
        ("SECRET_KEY", "please-change-me-before-going-live-1", "a placeholder"),
        ("SECRET_KEY", "My-Very-Secret-Key-Of-This-Lender-26", "a placeholder"),
        *(
            (name, value, why)
            for name in ("DATA_KEY", "LOOKUP_KEY")
            for value, why in (
                ("0" * 64, "too few different values"),
                ("f" * 64, "too few different values"),
                ("ab" * 32, "too few different values"),
                ("0123456789abcdef" * 4, "too few different values"),
                (bytes(range(7, 23)).hex() * 2, "one pattern repeated"),
                (ROW, "values in a row"),
                (bytes.fromhex(ROW)[::-1].hex(), "values in a row"),
                (bytes(range(0, 256, 8)).hex().upper(), "values in a row"),
            )
        ),
    ],
)
def test_production_refuses_secrets_that_were_typed_and_not_drawn(tmp_path, name, value, why):
    with pytest.raises(BadSettings) as refused:
        Settings.from_env(REAL | TENCENT | {"INSTANCE_DIR": str(tmp_path), name: value})
    told = str(refused.value)
    assert f"{name} can be guessed ({why})" in told
    assert "openssl rand -hex 32" in told
    assert value not in told


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SECRET_KEY", "DATA_KEY"),
        ("DATA_KEY", "LOOKUP_KEY"),
        ("SECRET_KEY", "SIGNING_KEY_PASSWORD"),
        ("LOOKUP_KEY", "TENCENT_SECRET_KEY"),
    ],
)
def test_production_refuses_one_secret_for_two_purposes(tmp_path, one, other):
    value = REAL["DATA_KEY"]
    given = {"INSTANCE_DIR": str(tmp_path), one: value, other: value.upper()}
    with pytest.raises(BadSettings, match="are equal: each needs its own") as refused:
        Settings.from_env(REAL | TENCENT | given)
    assert one in str(refused.value)
    assert other in str(refused.value)


@pytest.mark.parametrize("round_", range(50))
def test_secrets_of_chance_are_taken(tmp_path, round_):
    drawn = {
        "SECRET_KEY": secrets.token_hex(16) if round_ % 2 else secrets.token_urlsafe(32),
        "DATA_KEY": secrets.token_hex(32),
        "LOOKUP_KEY": secrets.token_hex(32),
        "INSTANCE_DIR": str(tmp_path),
    }
    assert Settings.from_env(REAL | TENCENT | SITE | drawn).is_production


def test_development_takes_any_key_of_the_right_shape(tmp_path):
    given = {"INSTANCE_DIR": str(tmp_path), "SECRET_KEY": "a" * 40, "DATA_KEY": "ab" * 32}
    assert Settings.from_env(given).secret_key == "a" * 40


def test_secrets_stay_out_of_the_repr(tmp_path):
    stamps = {"TIMESTAMP_URL": "https://me:hidden@tsa.example.cn", "TIMESTAMP_ROOT_FILE": __file__}
    found = Settings.from_env({"INSTANCE_DIR": str(tmp_path)} | stamps)
    assert found.stamps.url.startswith("https://me:hidden@")
    assert "hidden" not in repr(found)
    assert found.secret_key not in repr(found)
    assert repr(found.data_key) not in repr(found)


def test_the_sms_provider_is_for_production_only(tmp_path):
    with pytest.raises(BadSettings, match="SMS_GATEWAY"):
        Settings.from_env(TENCENT | {"INSTANCE_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("name", "value"),
    [("TENCENT_SECRET_ID", ""), ("TENCENT_SMS_APP_ID", ""), ("TENCENT_SMS_TEMPLATES", "no json")],
)
def test_the_sms_provider_needs_its_whole_account(tmp_path, name, value):
    with pytest.raises(BadSettings, match=name):
        Settings.from_env(REAL | TENCENT | {"INSTANCE_DIR": str(tmp_path), name: value})


def test_the_sms_provider_is_read(tmp_path):
    found = Settings.from_env(REAL | TENCENT | SITE | {"INSTANCE_DIR": str(tmp_path)})
    assert found.tencent is not None
    assert found.tencent.templates == {"1": "验证码 {1}"}
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    "address",
    ["http://weather.example", "//weather.example", "https://a.example; x", "javascript:1"],
)
def test_the_page_one_leaves_for_is_a_plain_address(tmp_path, address):
    with pytest.raises(BadSettings, match="EXIT_URL"):
        Settings.from_env({"INSTANCE_DIR": str(tmp_path), "EXIT_URL": address})


def test_production_does_not_start_with_a_key_that_cannot_sign(tmp_path):
    """REAL names files that exist and hold no key."""
    found = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    signing = replace(
        found.signing, key_file=Path(__file__), certificate_file=Path(__file__), is_made_here=False
    )
    with pytest.raises(BadSettings, match="SIGNING_KEY_FILE cannot be used"):
        make_gateways(replace(found, signing=signing))


def test_development_signs_with_the_same_key_after_a_restart(tmp_path):
    settings = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    first, second = make_gateways(settings), make_gateways(settings)
    paper = first.documents.make("agreement", paper_of(a_text(periods=3)))
    pdf = first.signer.sign(paper, reason="-", at=datetime(2026, 11, 24, tzinfo=UTC))
    assert second.signer.read_seal(pdf).is_genuine


@pytest.mark.parametrize("value", ["abc", "-1", "65536", "\u0663"])
def test_the_port_of_figures_is_a_port(tmp_path, value):
    with pytest.raises(BadSettings, match="METRICS_PORT must be a port"):
        Settings.from_env({"INSTANCE_DIR": str(tmp_path), "METRICS_PORT": value})


def test_without_a_port_there_are_no_figures(tmp_path):
    assert Settings.from_env({"INSTANCE_DIR": str(tmp_path)}).metrics_port == 0


@pytest.mark.parametrize("key", ["", "short", "a" * 64, "change-me-" + "0f3a" * 8])
def test_production_has_no_default_for_the_key_of_receipts(tmp_path, key):
    given = REAL | TENCENT | SITE | {"INSTANCE_DIR": str(tmp_path), "TENCENT_RECEIPT_KEY": key}
    with pytest.raises(BadSettings, match="TENCENT_RECEIPT_KEY"):
        Settings.from_env(given)


def test_the_key_of_receipts_stands_in_an_address_and_is_no_other_secret(tmp_path):
    given = REAL | TENCENT | SITE | {"INSTANCE_DIR": str(tmp_path)}
    odd = hashlib.sha256(b"odd").hexdigest() + "/?"
    for key in (odd, REAL["SECRET_KEY"]):
        with pytest.raises(BadSettings, match="TENCENT_RECEIPT_KEY"):
            Settings.from_env(given | {"TENCENT_RECEIPT_KEY": key})


def test_what_becomes_of_local_messages_can_be_chosen_by_number(tmp_path):
    def fates(told):
        given = {"INSTANCE_DIR": str(tmp_path), "LOCAL_SMS_RECEIPTS": told}
        return Settings.from_env(given).local_sms.fates

    assert fates("") == {"": "delivered"}
    assert fates("silent") == {"": "silent"}
    assert fates("delivered, 0001:failed,2:silent") == {
        "": "delivered",
        "0001": "failed",
        "2": "silent",
    }
    for odd in ("lost", "x:failed", "1:", "failed,,silent"):
        with pytest.raises(BadSettings, match="LOCAL_SMS_RECEIPTS"):
            fates(odd)


def test_the_local_cashier_is_there_in_development_alone(tmp_path):
    def cashier(**given):
        return Settings.from_env({"INSTANCE_DIR": str(tmp_path), **given}).local_cashier

    assert cashier().key == cashier().key
    assert "key" not in repr(cashier())
    assert cashier(LOCAL_CASHIER="off") is None
    with pytest.raises(BadSettings, match="LOCAL_CASHIER must be on or off"):
        cashier(LOCAL_CASHIER="maybe")
    real = REAL | TENCENT | SITE | {"INSTANCE_DIR": str(tmp_path)}
    assert Settings.from_env(real).local_cashier is None
    with pytest.raises(BadSettings, match="LOCAL_CASHIER=on cannot be used"):
        Settings.from_env(real | {"LOCAL_CASHIER": "on"})
