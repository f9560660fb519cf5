"""Settings of channels that collect money: whole or not at all, and in production only."""

import pytest

from app.config import BadSettings, Settings
from app.config_payments import ALIPAY, WECHAT, WECHAT_PUBLIC, PaymentSettings
from app.wiring import make_gateways
from tests.support.channels.settings import environment
from tests.support.installation import KEYS
from tests.support.production import told


@pytest.fixture
def right(tmp_path):
    """What production is told of everything."""
    folder, channels = tmp_path / "instance", environment(tmp_path / "channels")
    return {"INSTANCE_DIR": str(folder), "DATABASE_URL": "sqlite:///x.db"} | told(folder) | channels


def faults(environ) -> list[str]:
    with pytest.raises(BadSettings) as refused:
        make_gateways(Settings.from_env(environ))
    return str(refused.value).split("; ")


def test_without_them_there_is_no_vendors_channel(right):
    names = (*WECHAT, *WECHAT_PUBLIC, *ALIPAY)
    without = {name: value for name, value in right.items() if name not in names}
    assert Settings.from_env(without).payments == PaymentSettings()
    assert make_gateways(Settings.from_env(without)).payments == {}


def test_both_are_made_and_nothing_secret_is_shown(right):
    settings = Settings.from_env(right)
    found = make_gateways(settings).payments
    assert [(code, one.code, one.channel) for code, one in found.items()] == [
        ("wechat", "wechat", "微信支付"),
        ("alipay", "alipay", "支付宝"),
    ]
    assert right["WECHAT_API_V3_KEY"] not in repr(settings)
    assert right["WECHAT_APP_SECRET"] not in repr(settings)


@pytest.mark.parametrize("names", [WECHAT, ALIPAY], ids=["wechat", "alipay"])
def test_each_stands_alone(right, names):
    others = {*WECHAT, *WECHAT_PUBLIC, *ALIPAY} - {*names}
    settings = Settings.from_env({name: one for name, one in right.items() if name not in others})
    assert len(make_gateways(settings).payments) == 1


@pytest.mark.parametrize("name", [*WECHAT, *ALIPAY])
def test_half_a_channel_is_refused(right, name):
    channel = "微信支付" if name in WECHAT else "支付宝"
    assert faults(right | {name: " "}) == [
        f"{name} is missing: {channel}要么全部设置，要么一项都不设"
    ]


@pytest.mark.parametrize("name", WECHAT_PUBLIC)
def test_public_key_mode_needs_both(right, name):
    (fault,) = faults(right | {name: ""})
    assert fault.startswith(f"{name} is missing")


@pytest.mark.parametrize("name", WECHAT_PUBLIC)
def test_a_public_key_alone_is_half_a_channel(right, name):
    bare = {one: "" for one in (*WECHAT, *WECHAT_PUBLIC)} | {name: right[name]}
    assert any(fault.startswith("WECHAT_MCH_ID is missing") for fault in faults(right | bare))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WECHAT_MCH_ID", "19000001O9"),
        ("WECHAT_APP_ID", "8888888888888888"),
        ("WECHAT_APP_SECRET", "secret"),
        ("WECHAT_API_V3_KEY", "9fA3kQ7xZ2mB8vN4cL6tR1yW5uE0pHs"),
        ("WECHAT_API_V3_KEY", "a" * 32),
        ("WECHAT_API_V3_KEY", "12345678" * 4),
        ("WECHAT_APP_SECRET", "0123456789abcdef" * 2),
        ("WECHAT_PUBLIC_KEY_ID", "0119000001092024112800000001"),
        ("WECHAT_KEY_FILE", "/nowhere/key.pem"),
        ("WECHAT_CERT_FILE", "/nowhere"),
        ("ALIPAY_APP_ID", "2088102147948060x"),
        ("ALIPAY_SELLER_ID", "2021000123456789"),
        ("ALIPAY_PUBLIC_KEY_FILE", "/"),
    ],
)
def test_what_is_odd_is_refused_by_name(right, name, value):
    found = faults(right | {name: value})
    assert len(found) == 1
    assert found[0].startswith(name)


@pytest.mark.parametrize(
    ("name", "other", "why"),
    [
        ("WECHAT_KEY_FILE", "ALIPAY_KEY_FILE", "is not the certificate of"),
        ("WECHAT_CERT_FILE", "WECHAT_KEY_FILE", "no certificate"),
        ("ALIPAY_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE", "no private key"),
        ("ALIPAY_PUBLIC_KEY_FILE", "WECHAT_CERT_FILE", "no public key"),
    ],
)
def test_keys_that_do_not_fit_are_told_at_the_start(right, name, other, why):
    (fault,) = faults(right | {name: right[other]})
    assert why in fault


def test_no_secret_serves_two_purposes(right):
    equal = right["WECHAT_APP_SECRET"]
    assert any("WECHAT_APP_SECRET" in one for one in faults(right | {"WECHAT_API_V3_KEY": equal}))


def test_a_library_that_is_not_installed_is_told_in_words(right, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (fault,) = faults(right)
    assert (
        fault == "设置了微信支付，但没有装它的程序包：pip install -r docs/dependencies/payments.txt"
    )


def test_development_collects_at_its_own_cashier_only(tmp_path):
    """Real money would come, and its callbacks would not."""
    environ = {"INSTANCE_DIR": str(tmp_path)} | KEYS | environment(tmp_path / "channels")
    found = faults(environ)
    assert found == [
        "WECHAT_MCH_ID：微信支付只能用于 APP_ENV=production，开发用本地收银台",
        "ALIPAY_APP_ID：支付宝只能用于 APP_ENV=production，开发用本地收银台",
    ]
