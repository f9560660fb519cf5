"""Settings of the channels that collect money: a channel is set up whole or not at all."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.config_secrets import MIN_DIFFERENT_CHARS, weakness_of

WECHAT = (
    "WECHAT_MCH_ID",
    "WECHAT_APP_ID",
    "WECHAT_APP_SECRET",
    "WECHAT_API_V3_KEY",
    "WECHAT_KEY_FILE",
    "WECHAT_CERT_FILE",
)
# Those of public key mode come together; without them WeChat Pay signs with certificates.
WECHAT_PUBLIC = ("WECHAT_PUBLIC_KEY_ID", "WECHAT_PUBLIC_KEY_FILE")
ALIPAY = ("ALIPAY_APP_ID", "ALIPAY_SELLER_ID", "ALIPAY_KEY_FILE", "ALIPAY_PUBLIC_KEY_FILE")
FORMS = {
    "WECHAT_MCH_ID": (re.compile(r"[0-9]{8,10}"), "8 to 10 digits"),
    "WECHAT_APP_ID": (re.compile(r"wx[0-9a-f]{16}"), "wx and 16 hexadecimal digits"),
    "WECHAT_APP_SECRET": (re.compile(r"[0-9a-f]{32}"), "32 hexadecimal digits"),
    "WECHAT_API_V3_KEY": (re.compile(r"[0-9A-Za-z]{32}"), "32 letters and digits"),
    "WECHAT_PUBLIC_KEY_ID": (re.compile(r"PUB_KEY_ID_[0-9A-F]+"), "PUB_KEY_ID_ and digits"),
    "ALIPAY_APP_ID": (re.compile(r"20[0-9]{14}"), "16 digits that begin with 20"),
    "ALIPAY_SELLER_ID": (re.compile(r"2088[0-9]{12}"), "16 digits that begin with 2088"),
}
SECRETS = ("WECHAT_APP_SECRET", "WECHAT_API_V3_KEY")


@dataclass(frozen=True)
class WeChatSettings:
    """The merchant and its official account; public key mode where a key is named."""

    merchant: str
    app_id: str
    key_file: Path
    certificate_file: Path
    app_secret: str = field(repr=False)
    secret: str = field(repr=False)
    public_key_id: str = ""
    public_key_file: Path | None = None


@dataclass(frozen=True)
class AlipaySettings:
    """The application and the account that money goes to."""

    app_id: str
    seller_id: str
    key_file: Path
    public_key_file: Path


@dataclass(frozen=True)
class PaymentSettings:
    """The vendors' channels that are set up."""

    wechat: WeChatSettings | None = None
    alipay: AlipaySettings | None = None


def read_payments(
    environ: Mapping[str, str], *, is_production: bool
) -> tuple[PaymentSettings, list[str]]:
    """Return the settings and what is wrong with them, each fault by the name of its setting."""
    reader = _Channels(environ, is_production)
    return PaymentSettings(reader.wechat(), reader.alipay()), reader.faults


class _Channels:
    """Collects faults while reading, so that all are told together."""

    def __init__(self, environ: Mapping[str, str], is_production: bool) -> None:
        self.environ, self.is_production = environ, is_production
        self.faults: list[str] = []

    def wechat(self) -> WeChatSettings | None:
        found = self._all("微信支付", WECHAT, also=WECHAT_PUBLIC)
        if found is None:
            return None
        public = self._together(WECHAT_PUBLIC)
        for name in SECRETS:
            why = weakness_of(found[name].lower().encode(), MIN_DIFFERENT_CHARS)
            if why and FORMS[name][0].fullmatch(found[name]):
                self.faults.append(f"{name} can be guessed ({why})")
        key_file = public["WECHAT_PUBLIC_KEY_FILE"]
        return WeChatSettings(
            merchant=found["WECHAT_MCH_ID"],
            app_id=found["WECHAT_APP_ID"],
            key_file=Path(found["WECHAT_KEY_FILE"]),
            certificate_file=Path(found["WECHAT_CERT_FILE"]),
            app_secret=found["WECHAT_APP_SECRET"],
            secret=found["WECHAT_API_V3_KEY"],
            public_key_id=public["WECHAT_PUBLIC_KEY_ID"],
            public_key_file=Path(key_file) if key_file else None,
        )

    def alipay(self) -> AlipaySettings | None:
        found = self._all("支付宝", ALIPAY)
        if found is None:
            return None
        return AlipaySettings(
            app_id=found["ALIPAY_APP_ID"],
            seller_id=found["ALIPAY_SELLER_ID"],
            key_file=Path(found["ALIPAY_KEY_FILE"]),
            public_key_file=Path(found["ALIPAY_PUBLIC_KEY_FILE"]),
        )

    def _all(
        self, channel: str, names: tuple[str, ...], *, also: tuple[str, ...] = ()
    ) -> dict[str, str] | None:
        """The settings of a channel, nothing where none of them is told."""
        if not any(self._value(name) for name in names + also):
            return None
        if not self.is_production:
            # Real money, and callbacks that never come: development has a cashier of its own.
            given = next(name for name in names + also if self._value(name))
            self.faults.append(f"{given}：{channel}只能用于 APP_ENV=production，开发用本地收银台")
            return None
        found = {name: self._formed(name) for name in names}
        self.faults += [
            f"{name} is missing: {channel}要么全部设置，要么一项都不设"
            for name, value in found.items()
            if not value
        ]
        return found

    def _together(self, names: tuple[str, ...]) -> dict[str, str]:
        found = {name: self._formed(name) for name in names}
        if any(found.values()):
            self.faults += [
                f"{name} is missing: {'和'.join(names)}要一起设置"
                for name, value in found.items()
                if not value
            ]
        return found

    def _formed(self, name: str) -> str:
        value = self._value(name)
        if value and name in FORMS and not FORMS[name][0].fullmatch(value):
            self.faults.append(f"{name} must be {FORMS[name][1]}")
        if value and name.endswith("_FILE") and not Path(value).is_file():
            self.faults.append(f"{name} is no file")
        return value

    def _value(self, name: str) -> str:
        return self.environ.get(name, "").strip()
