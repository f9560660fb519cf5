"""Alipay's gateway, payment on a mobile web page, as its public pages describe it."""

import io
import json
import re
import secrets
import zipfile
from base64 import b64decode, b64encode
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode, urlsplit

from app.integrations.payments.alipay import AlipayAccount
from app.integrations.payments.channel_keys import ChannelKeys
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

APP_ID, SELLER_ID = "2021000123456789", "2088102147948060"
OURS, THEIRS = "our application key", "alipay key"
HEADING = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,"
    "商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,"
    "卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
YUAN = re.compile(r"[0-9]+\.[0-9]{2}")


class AlipayServer:
    """Keeps trades and refunds. A trade is there once its payer came to the signed address."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.wishes: dict[str, dict] = {}
        self.trades: dict[str, dict] = {}
        self.refunds: dict[str, dict] = {}
        self.bills: dict[date, bytes] = {}
        self.refuses: dict[str, tuple[str, str]] = {}
        self.served = Served(self._answer)

    @property
    def gateway(self) -> str:
        return f"{self.served.address}/gateway.do"

    def account(self, **values) -> AlipayAccount:
        keys = ChannelKeys(private_text(key_named(OURS)), public_text(key_named(THEIRS)))
        return AlipayAccount(**({"app_id": APP_ID, "seller_id": SELLER_ID, "keys": keys} | values))

    def come(self, url: str) -> str:
        """The payer opens the signed address and signs in: the trade is there. Returns its
        number.
        """
        told = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True))
        assert self._is_ours(told), "a signed address that does not hold"
        assert told["method"] == "alipay.trade.wap.pay"
        wish = json.loads(told["biz_content"])
        assert YUAN.fullmatch(wish["total_amount"])
        assert wish["product_code"] == "QUICK_WAP_PAY"
        until = datetime.strptime(wish["time_expire"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        assert until > self.clock.now(), "an address whose time is over"
        number = wish["out_trade_no"]
        self.wishes[number] = told
        self.trades.setdefault(
            number,
            {
                "out_trade_no": number,
                "trade_no": f"{self.clock.now():%Y%m%d}22001{secrets.randbelow(10**15):015}",
                "trade_status": "WAIT_BUYER_PAY",
                "total_amount": wish["total_amount"],
                "buyer_logon_id": "159****5620",
            },
        )
        return number

    def pay(self, number: str, fen: int | None = None) -> dict[str, str]:
        """The payer pays; returns what the notice holds."""
        trade = self.trades[number]
        trade |= {"trade_status": "TRADE_SUCCESS", "send_pay_date": self._now()}
        if fen is not None:
            trade["total_amount"] = f"{fen // 100}.{fen % 100:02}"
        return self.notice(number)

    def notice(self, number: str, **more: str) -> dict[str, str]:
        """The fields of a notice, not yet signed."""
        trade = self.trades[number]
        told = {
            "notify_time": self._now(),
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(17),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": APP_ID,
            "auth_app_id": APP_ID,
            "seller_id": SELLER_ID,
            "subject": "澄明消金 & Co=1",
            "gmt_create": self._now(),
            "fund_bill_list": '[{"amount":"1.00","fundChannel":"PCREDIT"}]',
            **{name: trade[name] for name in ("out_trade_no", "trade_no", "trade_status")},
            "total_amount": trade["total_amount"],
        }
        if "send_pay_date" in trade:
            told["gmt_payment"] = trade["send_pay_date"]
        return told | more

    def refund_notice(self, refund_number: str) -> dict[str, str]:
        """What tells of a refund: a notice of the trade, with the sum of all its refunds."""
        refund = self.refunds[refund_number]
        sent = self._sent(refund["out_trade_no"])
        more = {"gmt_refund": f"{self._now()}.123", "refund_fee": sent}
        return self.notice(refund["out_trade_no"], **more, out_biz_no=refund_number)

    def signed_form(self, told: dict[str, str], *, key=None) -> bytes:
        """A notice as it goes over the wire."""
        text = "&".join(f"{name}={told[name]}" for name in sorted(told))
        sign = b64encode(signed(key or key_named(THEIRS), text)).decode()
        return urlencode(told | {"sign": sign, "sign_type": "RSA2"}).encode()

    def bill(self, day: date, rows: list[list[str]], *, sums: str = "") -> None:
        """A bill of a day, in a zip with its table by shop, names in GBK."""
        paid, back = ([row for row in rows if row[2] == kind] for kind in ("交易", "退款"))
        line = "#-----------------------------------------业务明细列表"
        text = [
            "#支付宝业务明细查询",
            f"#账号：[{SELLER_ID}0156]",
            f"#起始日期：[{day} 00:00:00]   终止日期：[{day} 00:00:00]",
            f"{line}----------------------------------------",
            HEADING,
            *(",".join(f"{one}\t" for one in row) for row in rows),
            f"{line}结束------------------------------------",
            sums or f"#交易合计：{len(paid)}笔，商家实收共{_sum(paid)}元，商家优惠共0.00元",
            f"#退款合计：{len(back)}笔，商家实收退款共{_sum(back)}元，商家优惠退款共0.00元",
            "#导出时间：[2026年11月24日 06:27:10]",
        ]
        shops = "#支付宝业务汇总查询\r\n门店编号,交易订单总笔数\r\n合计,1\r\n"
        self.bills[day] = zipped({"明细.csv": "\r\n".join(text), "明细(汇总).csv": shops})

    def _answer(self, asked: Asked) -> Reply:
        if asked.path == "/bill.zip":
            return Reply(body=self.bills[date.fromisoformat(asked.query["day"])])
        told = asked.query
        if not self._is_ours(told):
            # Refused at the door, unsigned.
            return self._raw({"error_response": _no("40002", "isv.invalid-signature")})
        wish, method = json.loads(told["biz_content"]), told["method"]
        if method in self.refuses:
            return self._said(method, _no(*self.refuses[method]))
        if method == "alipay.data.dataservice.bill.downloadurl.query":
            return self._said(method, self._bill(date.fromisoformat(wish["bill_date"])))
        trade = self.trades.get(wish["out_trade_no"])
        if trade is None:
            return self._said(method, _no("40004", "ACQ.TRADE_NOT_EXIST"))
        answers = {
            "alipay.trade.query": lambda: trade,
            "alipay.trade.close": lambda: self._close(trade),
            "alipay.trade.refund": lambda: self._refund(trade, wish),
            "alipay.trade.fastpay.refund.query": lambda: self._asked_refund(trade, wish),
        }
        return self._said(method, {"code": "10000", "msg": "Success"} | answers[method]())

    def _is_ours(self, told: dict[str, str]) -> bool:
        parts = {name: value for name, value in told.items() if name != "sign" and value}
        text = "&".join(f"{name}={parts[name]}" for name in sorted(parts))
        ours = key_named(OURS).public_key()
        stamp = datetime.strptime(told["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        is_now = abs((self.clock.now() - stamp).total_seconds()) < 600
        return (
            told["app_id"] == APP_ID and is_now and is_signed(ours, text, b64decode(told["sign"]))
        )

    def _close(self, trade: dict) -> dict:
        if trade["trade_status"] != "WAIT_BUYER_PAY":
            return _no("40004", "ACQ.REASON_TRADE_STATUS_INVALID")
        trade["trade_status"] = "TRADE_CLOSED"
        return {"out_trade_no": trade["out_trade_no"]}

    def _refund(self, trade: dict, wish: dict) -> dict:
        assert YUAN.fullmatch(wish["refund_amount"])
        number, before = wish["out_request_no"], self.refunds.get(wish["out_request_no"])
        if before and before["refund_amount"] != wish["refund_amount"]:
            return _no("40004", "ACQ.DISCORDANT_REPEAT_REQUEST")
        fresh = before is None
        if fresh:
            if "send_pay_date" not in trade:
                return _no("40004", "ACQ.TRADE_STATUS_ERROR")
            sent = _fen(self._sent(trade["out_trade_no"])) + _fen(wish["refund_amount"])
            if sent > _fen(trade["total_amount"]):
                return _no("40004", "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
            self.refunds[number] = {
                "out_trade_no": trade["out_trade_no"],
                "trade_no": trade["trade_no"],
                "out_request_no": number,
                "refund_amount": wish["refund_amount"],
                "total_amount": trade["total_amount"],
                "refund_status": "REFUND_SUCCESS",
                "gmt_refund_pay": self._now(),
            }
            if sent == _fen(trade["total_amount"]):
                trade["trade_status"] = "TRADE_CLOSED"
        return {
            "trade_no": trade["trade_no"],
            "out_trade_no": trade["out_trade_no"],
            "fund_change": "Y" if fresh else "N",
            "refund_fee": self._sent(trade["out_trade_no"]),
        }

    def _asked_refund(self, trade: dict, wish: dict) -> dict:
        found = self.refunds.get(wish["out_request_no"])
        if found is None or found["out_trade_no"] != trade["out_trade_no"]:
            return {}
        hidden = () if "gmt_refund_pay" in wish.get("query_options", ()) else ("gmt_refund_pay",)
        return {name: value for name, value in found.items() if name not in hidden}

    def _bill(self, day: date) -> dict:
        if day not in self.bills:
            return _no("40004", "isp.bill_not_exist")
        url = f"{self.served.address}/bill.zip?day={day}"
        return {"code": "10000", "msg": "Success", "bill_download_url": url}

    def _sent(self, number: str) -> str:
        mine = [one for one in self.refunds.values() if one["out_trade_no"] == number]
        fen = sum(_fen(one["refund_amount"]) for one in mine)
        return f"{fen // 100}.{fen % 100:02}"

    def _said(self, method: str, told: dict) -> Reply:
        """The signature is over the inner object as it is written."""
        inner = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        sign = b64encode(signed(key_named(THEIRS), inner)).decode()
        name = method.replace(".", "_") + "_response"
        return Reply(body=f'{{"{name}":{inner},"sign":"{sign}"}}'.encode())

    def _raw(self, told: dict) -> Reply:
        return Reply(body=json.dumps(told).encode())

    def _now(self) -> str:
        return self.clock.now().astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def payment_row(number: str, ref: str, yuan: str, *, at: datetime, fee="-0.06", title="澄明消金"):
    """A line of a payment."""
    return _row(number, ref, yuan, at, "交易", "", fee, title)


def refund_row(number: str, ref: str, refund_number: str, yuan: str, *, at: datetime, fee="0.06"):
    """A line of a refund: its sums are below zero."""
    return _row(number, ref, f"-{yuan}", at, "退款", refund_number, fee, "澄明消金")


def zipped(files: dict[str, str]) -> bytes:
    """A zip whose names are GBK and do not say so."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in files.items():
            file.writestr(name.encode("gbk").decode("cp437"), text.encode("gbk"))
    return packed.getvalue()


def _row(number, ref, yuan, at, kind, refund_number, fee, title) -> list[str]:
    time = at.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")
    empty, none = ("", "", "", ""), ("0.00",) * 5
    head = (ref, number, kind, title, time, time, *empty, "*小明(159****5620)")
    return [*head, yuan, yuan, *none, "", "0.00", "0.00", refund_number, fee, "0.00", ""]


def _no(code: str, word: str) -> dict[str, str]:
    return {"code": code, "msg": "Business Failed", "sub_code": word, "sub_msg": "不行"}


def _fen(yuan: str) -> int:
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int(part)


def _sum(rows: list[list[str]]) -> str:
    fen = sum(_fen(row[12].removeprefix("-")) for row in rows)
    sign = "-" if rows and rows[0][2] == "退款" else ""
    return f"{sign}{fen // 100}.{fen % 100:02}"
