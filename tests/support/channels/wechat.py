"""WeChat Pay, API v3, as its public pages describe it."""

import gzip
import hashlib
import json
import re
import secrets
from base64 import b64decode, b64encode
from datetime import date, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.x509.oid import NameOID

from app.integrations.payments.channel_keys import ChannelKeys
from app.integrations.payments.wechat import WeChatAccount, WeChatHosts
from tests.support.channels.served import (
    Asked,
    Reply,
    Served,
    is_signed,
    key_named,
    private_text,
    public_text,
    signed,
)
from tests.support.clock import BEIJING, FixedClock

MERCHANT, APP_ID, APP_SECRET = "1900000109", "wx8888888888888888", "d624aca3d2ee3ef0" * 2
SECRET = "9fA3kQ7xZ2mB8vN4cL6tR1yW5uE0pHsJ"
PUBLIC_KEY_ID = "PUB_KEY_ID_0119000001092024112800000001"
SCHEMA = "WECHATPAY2-SHA256-RSA2048"
AUTHORIZATION = re.compile(r'(\w+)="([^"]*)"')
HEADING = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS = (
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
)


@cache
def certificate_of(name: str, since: datetime, days: int = 1825) -> x509.Certificate:
    """A platform certificate, or ours."""
    key = key_named(name)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    number = x509.random_serial_number()
    until = since + timedelta(days=days)
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), number, since, until)
    return builder.sign(key, hashes.SHA256())


def serial_of(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:X}"


class WeChatServer:
    """Keeps orders and refunds; signs as a platform certificate or, in public key mode, its key."""

    def __init__(self, clock: FixedClock, *, public_key_mode: bool) -> None:
        self.clock, self.public_key_mode = clock, public_key_mode
        self.since = clock.now() - timedelta(days=30)
        self.signer = "wechat platform 1"
        self.certificates = [self.signer]
        self.orders: dict[str, dict] = {}
        self.refunds: dict[str, dict] = {}
        self.refund_state = "PROCESSING"
        self.bills: dict[date, bytes] = {}
        self.codes: dict[str, str] = {}
        self.certificates_asked = 0
        self.served = Served(self._answer)

    @property
    def hosts(self) -> WeChatHosts:
        at = self.served.address
        return WeChatHosts(gateway=at, login_page="https://open.test/authorize", login_gateway=at)

    def account(self, **values) -> WeChatAccount:
        ours = certificate_of("our merchant key", self.since)
        public = public_text(key_named("wechat public key")) if self.public_key_mode else ""
        known = {
            "merchant": MERCHANT,
            "app_id": APP_ID,
            "keys": ChannelKeys(
                private_text(key_named("our merchant key")), public, serial_of(ours)
            ),
            "app_secret": APP_SECRET,
            "secret": SECRET,
            "public_key_id": PUBLIC_KEY_ID if self.public_key_mode else "",
            "refunds_url": "https://anhuan.example.cn/pay/notify/wechat",
        }
        return WeChatAccount(**(known | values))

    def pay(self, number: str, fen: int | None = None) -> dict:
        """The payer pays; returns what a callback holds."""
        order = self.orders[number]
        order |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"4200{secrets.randbelow(10**24):024}",
            "success_time": self.clock.now().astimezone(BEIJING).isoformat(timespec="seconds"),
        }
        if fen is not None:
            order["amount"] = order["amount"] | {"total": fen, "payer_total": fen}
        return dict(order)

    def callback(self, told: dict, *, kind="TRANSACTION.SUCCESS", event_id="", at=None, key=None):
        """A callback as it goes over the wire: headers in lower case and body."""
        nonce, extra = secrets.token_hex(6), "transaction"
        sealed = AESGCM(SECRET.encode()).encrypt(
            nonce.encode(), json.dumps(told).encode(), extra.encode()
        )
        body = json.dumps(
            {
                "id": event_id or secrets.token_hex(16),
                "create_time": self.clock.now().isoformat(),
                "event_type": kind,
                "resource_type": "encrypt-resource",
                "summary": "支付成功",
                "resource": {
                    "original_type": extra,
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": b64encode(sealed).decode(),
                    "associated_data": extra,
                    "nonce": nonce,
                },
            },
            ensure_ascii=False,
        ).encode()
        return self.signature(body, at=at, key=key), body

    def refunded(self, number: str, state="SUCCESS") -> dict:
        """A refund ends; returns what a callback holds."""
        refund = self.refunds[number]
        refund["status"] = state
        refund["success_time"] = self.clock.now().astimezone(BEIJING).isoformat(timespec="seconds")
        amount = refund["amount"]
        return {
            "mchid": MERCHANT,
            "out_trade_no": refund["out_trade_no"],
            "transaction_id": refund["transaction_id"],
            "out_refund_no": number,
            "refund_id": refund["refund_id"],
            "refund_status": state,
            "success_time": refund["success_time"],
            "amount": {name: amount[name] for name in ("total", "refund")},
            "user_received_account": "招商银行信用卡0403",
        }

    def signature(self, body: bytes, *, at=None, key=None) -> dict[str, str]:
        """The headers of anything it sends."""
        stamp, nonce = str(int((at or self.clock.now()).timestamp())), secrets.token_hex(16)
        name = "wechat public key" if self.public_key_mode else self.signer
        serial = PUBLIC_KEY_ID if self.public_key_mode else self._serial(self.signer)
        text = f"{stamp}\n{nonce}\n{body.decode()}\n"
        return {
            "wechatpay-timestamp": stamp,
            "wechatpay-nonce": nonce,
            "wechatpay-serial": serial,
            "wechatpay-signature": b64encode(signed(key or key_named(name), text)).decode(),
            "wechatpay-signature-type": SCHEMA,
        }

    def bill(self, day: date, rows: list[list[str]], *, sums: list[str] | None = None) -> None:
        """A bill of a day from rows as `payment_row` and `refund_row` make them."""
        paid = sum(_cents(row[24]) for row in rows)
        back, fee = sum(_cents(row[25]) for row in rows), sum(float(row[22]) for row in rows)
        found = [str(len(rows)), _yuan(paid), _yuan(back), "0.00", f"{fee:.5f}", _yuan(paid)]
        lines = [HEADING, *(_ticked(row) for row in rows), SUMS]
        lines.append(_ticked(sums or [*found, _yuan(back)]))
        self.bills[day] = ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()

    def _serial(self, name: str) -> str:
        return serial_of(certificate_of(name, self.since))

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/sns/oauth2/access_token":
            return self._login(asked.query)
        if not self._is_ours(asked):
            return self._no(401, "SIGN_ERROR")
        if asked.path == "/v3/certificates":
            self.certificates_asked += 1
            return self._signed(self._certificates())
        if asked.path == "/v3/billdownload/file":
            return Reply(body=gzip.compress(self.bills[date.fromisoformat(asked.query["token"])]))
        if asked.path == "/v3/bill/tradebill":
            return self._bill(date.fromisoformat(asked.query["bill_date"]))
        if asked.path.startswith("/v3/refund/"):
            return self._refund(asked)
        return self._order(asked)

    def _is_ours(self, asked: Asked) -> bool:
        scheme, _, given = asked.headers.get("authorization", "").partition(" ")
        told = dict(AUTHORIZATION.findall(given))
        if scheme != SCHEMA or told.get("mchid") != MERCHANT:
            return False
        if told["serial_no"] != serial_of(certificate_of("our merchant key", self.since)):
            return False
        if asked.headers.get("wechatpay-serial", "") != (
            PUBLIC_KEY_ID if self.public_key_mode else ""
        ):
            return False
        parts = (asked.method, asked.target, told["timestamp"], told["nonce_str"])
        text = "".join(f"{one}\n" for one in (*parts, asked.body.decode()))
        ours = key_named("our merchant key").public_key()
        return is_signed(ours, text, b64decode(told["signature"]))

    def _certificates(self) -> dict:
        rows = []
        for name in self.certificates:
            found = certificate_of(name, self.since)
            pem, nonce = found.public_bytes(serialization.Encoding.PEM), secrets.token_hex(6)
            sealed = AESGCM(SECRET.encode()).encrypt(nonce.encode(), pem, b"certificate")
            rows.append(
                {
                    "serial_no": serial_of(found),
                    "effective_time": found.not_valid_before_utc.isoformat(),
                    "expire_time": found.not_valid_after_utc.isoformat(),
                    "encrypt_certificate": {
                        "algorithm": "AEAD_AES_256_GCM",
                        "nonce": nonce,
                        "associated_data": "certificate",
                        "ciphertext": b64encode(sealed).decode(),
                    },
                }
            )
        return {"data": rows}

    def _order(self, asked: Asked) -> Reply:
        kind = asked.path.rsplit("/", 1)[1]
        if asked.method == "POST" and kind in ("h5", "jsapi"):
            return self._opened(json.loads(asked.body), kind)
        parts = asked.path.split("/")
        number = parts[5]
        order = self.orders.get(number)
        if order is None:
            return self._no(404, "ORDER_NOT_EXIST")
        if parts[-1] != "close":
            return self._signed(order)
        if order["trade_state"] in ("SUCCESS", "REFUND"):
            return self._no(400, "ORDERPAID")
        if order["trade_state"] == "CLOSED":
            return self._no(400, "ORDER_CLOSED")
        order["trade_state"] = "CLOSED"
        return Reply(204, b"", self.signature(b""))

    def _opened(self, wish: dict, kind: str) -> Reply:
        if wish["appid"] != APP_ID or wish["mchid"] != MERCHANT:
            return self._no(400, "APPID_MCHID_NOT_MATCH")
        if datetime.fromisoformat(wish["time_expire"]) <= self.clock.now():
            return self._no(400, "PARAM_ERROR")
        before = self.orders.get(wish["out_trade_no"])
        if before is not None and before["amount"]["total"] != wish["amount"]["total"]:
            return self._no(400, "INVALID_REQUEST")
        if before is not None and before["trade_state"] != "NOTPAY":
            return self._no(400, "ORDERPAID" if before["trade_state"] == "SUCCESS" else "CLOSED")
        amount = wish["amount"]
        self.orders[wish["out_trade_no"]] = {
            "appid": APP_ID,
            "mchid": MERCHANT,
            "out_trade_no": wish["out_trade_no"],
            "trade_type": "MWEB" if kind == "h5" else "JSAPI",
            "trade_state": "NOTPAY",
            "trade_state_desc": "订单未支付",
            "amount": amount | {"payer_total": amount["total"], "payer_currency": "CNY"},
            "payer": wish.get("payer", {}),
        }
        if kind == "h5":
            ip = wish["scene_info"]["payer_client_ip"]
            address = f"https://wx.test/checkmweb?prepay_id=wx{wish['out_trade_no']}&ip={ip}"
            return self._signed({"h5_url": address})
        return self._signed({"prepay_id": f"wx{wish['out_trade_no']}"})

    def _refund(self, asked: Asked) -> Reply:
        if asked.method == "GET":
            found = self.refunds.get(asked.path.rsplit("/", 1)[1])
            return self._signed(found) if found else self._no(404, "RESOURCE_NOT_EXISTS")
        wish = json.loads(asked.body)
        number, order = wish["out_refund_no"], self.orders.get(wish["out_trade_no"])
        if order is None or order["trade_state"] not in ("SUCCESS", "REFUND"):
            return self._no(404, "RESOURCE_NOT_EXISTS")
        same = [one for one in self.refunds.values() if one["out_trade_no"] == wish["out_trade_no"]]
        if number not in self.refunds:
            sent = sum(one["amount"]["refund"] for one in same)
            if sent + wish["amount"]["refund"] > order["amount"]["total"]:
                return self._no(403, "NOT_ENOUGH")
            order["trade_state"] = "REFUND"
            self.refunds[number] = {
                "refund_id": f"5030{secrets.randbelow(10**20):020}",
                "out_refund_no": number,
                "transaction_id": order["transaction_id"],
                "out_trade_no": wish["out_trade_no"],
                "status": self.refund_state,
                "amount": wish["amount"] | {"payer_total": order["amount"]["total"]},
            }
        return self._signed(self.refunds[number])

    def _bill(self, day: date) -> Reply:
        if day not in self.bills:
            return self._no(400, "NO_STATEMENT_EXIST")
        told = {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(self.bills[day]).hexdigest(),  # noqa: S324 - theirs
            "download_url": f"{self.served.address}/v3/billdownload/file?token={day}",
        }
        return self._signed(told)

    def _login(self, asked: dict[str, str]) -> Reply:
        right = asked["appid"] == APP_ID and asked["secret"] == APP_SECRET
        found = self.codes.pop(asked["code"], None) if right else None
        told = {"openid": found} if found else {"errcode": 40029, "errmsg": "invalid code"}
        return Reply(body=json.dumps(told).encode(), headers={"Content-Type": "text/plain"})

    def _signed(self, told: dict) -> Reply:
        body = json.dumps(told, ensure_ascii=False).encode()
        kind = {"Content-Type": "application/json; charset=utf-8"}
        return Reply(200, body, self.signature(body) | kind)

    def _no(self, status: int, code: str) -> Reply:
        body = json.dumps({"code": code, "message": "不行"}, ensure_ascii=False).encode()
        return Reply(status, body, {"Content-Type": "application/json"})


def payment_row(number: str, ref: str, yuan: str, *, at: datetime, fee="0.06000", title="澄明消金"):
    """A line of a payment, without its backticks."""
    time = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return [
        *(time, APP_ID, MERCHANT, "0", "", ref, number, "oUpF8u", "MWEB", "SUCCESS", "OTHERS"),
        *("CNY", yuan, "0.00", "0", "0", "0.00", "0.00", "", "", title, "", fee, "0.60%"),
        *(yuan, "0.00", ""),
    ]


def refund_row(number, ref, refund_number, yuan, *, at, state="SUCCESS", fee="-0.06000"):
    """A line of a refund, without its backticks."""
    time = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    return [
        *(time, APP_ID, MERCHANT, "0", "", "4200", number, "oUpF8u", "MWEB", "REFUND", "OTHERS"),
        *("CNY", "0.00", "0.00", ref, refund_number, yuan, "0.00", "ORIGINAL", state, "澄明消金"),
        *("", fee, "0.60%", "0.00", yuan, ""),
    ]


def _ticked(row: list[str]) -> str:
    return ",".join(f"`{one}" for one in row)


def _cents(yuan: str) -> int:
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"
