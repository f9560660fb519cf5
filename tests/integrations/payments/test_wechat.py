"""WeChat Pay over the real SDK, beyond the contract: what is asked, what is refused, who signs."""

import json
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.integrations.payments.wechat import WeChatPayments
from app.ports.payments import ChannelDown, ChannelRefuses, NotGenuine
from tests.support.channels import wechat
from tests.support.channels.payers import WeChatPayer, order
from tests.support.channels.served import Reply, is_signed, key_named


@pytest.fixture(params=[False, True], ids=["certificates", "public key"])
def payer(request, clock):
    found = WeChatPayer(clock, public_key_mode=request.param)
    yield found
    found.stop()


@pytest.fixture
def by_certificates(clock):
    found = WeChatPayer(clock, public_key_mode=False)
    yield found
    found.stop()


@pytest.fixture
def told(payer):
    """What a callback of a paid order holds."""
    payer.open(order("T1", 8001, payer.clock))
    return payer.server.pay("T1")


def read(payer, callback):
    return payer.channel.read(*callback)


class TestOpening:
    def test_in_a_browser_the_payer_comes_back_to_us(self, payer):
        found = payer.channel.open(order("T1", 8001, payer.clock), scene="browser")
        asked = parse_qs(urlsplit(found.url).query)
        assert asked["redirect_url"] == ["https://anhuan.example.cn/pay/1?a=b"]
        assert asked["ip"] == ["123.12.12.123"]
        (sent,) = [one for one in payer.server.served.asked if one.method == "POST"]
        wish = json.loads(sent.body)
        assert wish["amount"] == {"total": 8001, "currency": "CNY"}
        assert wish["time_expire"] == "2026-11-23T10:30:00+08:00"
        assert wish["notify_url"] == "https://anhuan.example.cn/pay/notify"
        assert wish["scene_info"]["h5_info"] == {"type": "Wap"}

    def test_inside_wechat_its_script_gets_signed_values(self, payer):
        found = payer.channel.open(order("T1", 8001, payer.clock, openid="oUp"), scene="wechat")
        values = found.script
        assert values["package"] == "prepay_id=wxT1"
        assert (values["appId"], values["signType"]) == (wechat.APP_ID, "RSA")
        assert payer.server.orders["T1"]["payer"] == {"openid": "oUp"}
        names = ("appId", "timeStamp", "nonceStr", "package")
        text = "".join(f"{values[name]}\n" for name in names)
        ours = key_named("our merchant key").public_key()
        assert is_signed(ours, text, b64decode(values["paySign"]))

    @pytest.mark.parametrize(
        ("scene", "change"),
        [
            ("wechat", {}),
            ("browser", {"payer_ip": ""}),
            ("browser", {"payer_ip": "-"}),
            ("alipay", {}),
        ],
    )
    def test_what_cannot_be_opened_is_not_asked(self, payer, scene, change):
        with pytest.raises(ChannelRefuses):
            payer.channel.open(order("T1", 1, payer.clock, **change), scene=scene)
        assert payer.server.orders == {}

    def test_the_same_number_with_another_sum_is_refused(self, payer):
        payer.open(order("T1", 8001, payer.clock))
        with pytest.raises(ChannelRefuses, match="INVALID_REQUEST"):
            payer.open(order("T1", 8002, payer.clock))

    def test_an_order_that_expired_is_refused(self, payer):
        late = replace(order("T1", 1, payer.clock), expires_at=payer.clock.now())
        with pytest.raises(ChannelRefuses, match="PARAM_ERROR"):
            payer.open(late)


class TestCallbacks:
    @pytest.mark.parametrize("minutes", [6, -6, 24 * 60])
    def test_an_old_signature_is_not_taken(self, payer, told, minutes):
        at = payer.clock.now() - timedelta(minutes=minutes)
        with pytest.raises(NotGenuine):
            read(payer, payer.server.callback(told, at=at))

    @pytest.mark.parametrize("minutes", [4, -4])
    def test_clocks_may_differ_a_little(self, payer, told, minutes):
        at = payer.clock.now() - timedelta(minutes=minutes)
        assert read(payer, payer.server.callback(told, at=at)).fate == "paid"

    @pytest.mark.parametrize(
        "change",
        [
            {"mchid": "1900000108"},
            {"appid": "wx0000000000000000"},
            {"amount": {"total": 8001, "currency": "HKD"}},
            {"amount": {"total": "8001", "currency": "CNY"}},
            {"amount": {"total": 80.01, "currency": "CNY"}},
            {"amount": {}},
            {"amount": {"total": 0, "currency": "CNY"}},
            {"amount": {"total": -8001, "currency": "CNY"}},
            {"trade_state": "PERHAPS"},
            {"transaction_id": ""},
            {"success_time": "2026-11-23 10:00:00"},
            {"out_trade_no": None},
        ],
    )
    def test_what_is_not_ours_or_cannot_be_is_not_genuine(self, payer, told, change):
        with pytest.raises(NotGenuine):
            read(payer, payer.server.callback(told | change))

    def test_a_fen_less_is_told_as_it_is(self, payer):
        payer.open(order("T1", 8001, payer.clock))
        assert read(payer, payer.server.callback(payer.server.pay("T1", 8000))).fen == 8000

    @pytest.mark.parametrize(
        ("state", "fate"),
        [("NOTPAY", "waiting"), ("USERPAYING", "waiting"), ("CLOSED", "closed")],
    )
    def test_states_are_fates(self, payer, told, state, fate):
        assert read(payer, payer.server.callback(told | {"trade_state": state})).fate == fate

    def test_other_events_are_no_business_of_ours(self, payer, told):
        assert read(payer, payer.server.callback(told, kind="COMPLAINT.CREATE")) is None

    @pytest.mark.parametrize("name", ["timestamp", "nonce", "serial", "signature"])
    def test_no_header_can_lack_or_be_changed(self, payer, told, name):
        headers, body = payer.server.callback(told)
        for value in ("", "1", "０", headers[f"wechatpay-{name}"][:-2] + "9z"):
            with pytest.raises(NotGenuine):
                payer.channel.read(headers | {f"wechatpay-{name}": value}, body)
        with pytest.raises(NotGenuine):
            payer.channel.read(headers | {"wechatpay-signature-type": "NONE"}, body)

    def test_a_probe_with_a_wrong_signature_is_not_taken(self, payer, told):
        """WeChat Pay sends such ones to find out who does not look."""
        headers, body = payer.server.callback(told)
        probe = {"wechatpay-signature": "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"]}
        with pytest.raises(NotGenuine):
            payer.channel.read(headers | probe, body)

    def test_what_our_secret_does_not_open_is_not_genuine(self, payer, told):
        other = payer.server.account(secret="a" * 32)
        channel = WeChatPayments(other, clock=payer.clock, hosts=payer.server.hosts)
        with pytest.raises(NotGenuine):
            channel.read(*payer.server.callback(told))

    @pytest.mark.parametrize(
        ("kind", "fate"),
        [("SUCCESS", "done"), ("ABNORMAL", "failed"), ("CLOSED", "failed")],
    )
    def test_refunds_are_told_as_refunds(self, payer, told, kind, fate):
        back = {"order_number": "T1", "refund_number": "R1", "fen": 3000, "of_fen": 8001}
        assert payer.channel.refund(**back).fate == "waiting"
        ended = payer.server.refunded("R1", kind)
        found = read(payer, payer.server.callback(ended, kind=f"REFUND.{kind}", event_id="E1"))
        assert (found.refund_number, found.fen, found.fate) == ("R1", 3000, fate)
        assert (found.done_at is not None, found.event_id) == (fate == "done", "E1")
        asked = payer.channel.ask_refund(order_number="T1", refund_number="R1")
        assert replace(found, event_id="") == asked


class TestCertificates:
    def test_they_are_asked_for_once_and_when_first_needed(self, by_certificates):
        assert by_certificates.server.certificates_asked == 0
        for number in ("T1", "T2"):
            by_certificates.open(order(number, 1, by_certificates.clock))
        assert by_certificates.server.certificates_asked == 1

    def test_a_new_one_is_fetched_when_it_first_signs(self, by_certificates):
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        told = server.pay("T1")
        server.certificates.append("wechat platform 2")
        server.signer = "wechat platform 2"
        payer.clock.advance(minutes=2)
        assert read(payer, server.callback(told)).fate == "paid"
        assert server.certificates_asked == 2
        # The one before still holds while they hand it out.
        server.signer = "wechat platform 1"
        assert read(payer, server.callback(told)).fate == "paid"
        assert server.certificates_asked == 2

    def test_one_that_is_handed_out_no_more_signs_no_more(self, by_certificates):
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        told = server.pay("T1")
        server.certificates, server.signer = ["wechat platform 2"], "wechat platform 2"
        payer.clock.advance(minutes=2)
        read(payer, server.callback(told))
        server.signer = "wechat platform 1"
        with pytest.raises(NotGenuine):
            read(payer, server.callback(told))

    def test_an_expired_one_signs_no_more(self, by_certificates):
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        told = server.pay("T1")
        payer.clock.advance(days=1826)
        with pytest.raises(NotGenuine):
            read(payer, server.callback(told))

    def test_invented_serials_do_not_make_us_ask_each_time(self, by_certificates):
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        told = server.pay("T1")
        headers, body = server.callback(told)
        for serial in range(0x1000, 0x1020):
            with pytest.raises(NotGenuine):
                payer.channel.read(headers | {"wechatpay-serial": f"{serial:X}"}, body)
        assert server.certificates_asked <= 2
        assert payer.channel.read(headers, body).fate == "paid"

    def test_many_callbacks_at_once_ask_for_them_once(self, by_certificates):
        """A worker that came up a moment ago, several threads, nothing known yet."""
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        callback = server.callback(server.pay("T1"))
        fresh = WeChatPayments(server.account(), clock=payer.clock, hosts=server.hosts)
        before, server.served.delay = server.certificates_asked, 0.05
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _n: fresh.read(*callback).fate, range(16)))
        assert found == ["paid"] * 16
        assert server.certificates_asked == before + 1

    def test_known_ones_stay_where_asking_fails(self, by_certificates):
        payer, server = by_certificates, by_certificates.server
        payer.open(order("T1", 8001, payer.clock))
        told = server.pay("T1")
        payer.clock.advance(minutes=2)
        headers, body = server.callback(told)
        server.served.change = lambda reply: Reply(500, b"{}")
        with pytest.raises(NotGenuine):
            payer.channel.read(headers | {"wechatpay-serial": "ABCD"}, body)
        assert payer.channel.read(headers, body).fate == "paid"

    def test_those_that_our_secret_does_not_open_are_none(self, by_certificates):
        server = by_certificates.server
        account = server.account(secret="a" * 32)
        channel = WeChatPayments(account, clock=by_certificates.clock, hosts=server.hosts)
        with pytest.raises(ChannelDown):
            channel.open(order("T1", 1, by_certificates.clock), scene="browser")

    def test_during_a_change_of_modes_both_sign(self, clock):
        """Of a merchant who moves to a public key some callbacks still come with a certificate."""
        payer = WeChatPayer(clock, public_key_mode=True)
        try:
            payer.open(order("T1", 8001, clock))
            told = payer.server.pay("T1")
            old = WeChatPayer(clock, public_key_mode=False)
            old.stop()
            assert read(payer, old.server.callback(told)).fate == "paid"
        finally:
            payer.stop()


class TestFaults:
    @pytest.mark.parametrize(
        ("status", "code"),
        [
            (500, "SYSTEM_ERROR"),
            (502, None),
            (503, "SERVICE_UNAVAILABLE"),
            (429, "FREQUENCY_LIMITED"),
            (400, "BANK_ERROR"),
            (202, "USERPAYING"),
            (404, None),
            (302, None),
            (200, None),
        ],
    )
    def test_come_again_is_down(self, payer, told, status, code):
        body = json.dumps({"code": code}).encode() if code else b"<html>"
        payer.server.served.change = lambda reply: Reply(status, body)
        calls = (
            lambda: payer.channel.ask("T1"),
            lambda: payer.channel.close("T1"),
            lambda: payer.open(order("T2", 1, payer.clock)),
            lambda: payer.channel.ask_refund(order_number="T1", refund_number="R1"),
            lambda: payer.channel.refund(order_number="T1", refund_number="R1", fen=1, of_fen=8001),
            lambda: payer.channel.statement(payer.clock.now().date() - timedelta(days=1)),
        )
        for call in calls:
            with pytest.raises(ChannelDown):
                call()

    @pytest.mark.parametrize(("status", "code"), [(401, "SIGN_ERROR"), (403, "NO_AUTH")])
    def test_where_our_account_is_wrong_nothing_is_known(self, payer, told, status, code):
        body = json.dumps({"code": code}).encode()
        payer.server.served.change = lambda reply: Reply(status, body)
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")
        with pytest.raises(ChannelRefuses, match=code):
            payer.channel.refund(order_number="T1", refund_number="R1", fen=1, of_fen=8001)

    def test_hanging_up_is_down(self, payer, told):
        payer.server.served.change = lambda reply: None
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_an_answer_that_is_not_signed_is_none(self, payer, told):
        kind = {"Content-Type": "application/json"}
        payer.server.served.change = lambda reply: Reply(200, reply.body, kind)
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_an_answer_signed_for_another_is_none(self, payer, told):
        payer.open(order("T2", 1, payer.clock))
        before = payer.server.served.answer

        def swapped(asked):
            if "/T1" not in asked.target:
                return before(asked)
            return payer.server._signed(payer.server.orders["T2"])

        payer.server.served.answer = swapped
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_an_old_answer_is_none(self, payer, told):
        payer.channel.ask("T1")
        before, at = payer.server.signature, payer.clock.now() - timedelta(minutes=6)
        payer.server.signature = lambda body, **more: before(body, **(more | {"at": at}))
        with pytest.raises(ChannelDown):
            payer.channel.ask("T1")

    def test_closing_while_someone_pays_is_told_as_unknown(self, payer):
        payer.open(order("T1", 1, payer.clock))
        before = payer.server.served.answer

        def stubborn(asked):
            if asked.path.endswith("/close"):
                return payer.server._no(400, "TRADE_ERROR")
            return before(asked)

        payer.server.served.answer = stubborn
        with pytest.raises(ChannelDown):
            payer.channel.close("T1")


class TestWhoPays:
    def test_wechat_is_asked_without_the_payer_doing_anything(self, payer):
        url = payer.channel.openid_url(return_url="https://anhuan.example.cn/who", state="s1")
        asked = parse_qs(urlsplit(url).query)
        assert asked["scope"] == ["snsapi_base"]
        assert asked["redirect_uri"] == ["https://anhuan.example.cn/who"]
        assert (asked["state"], asked["appid"]) == (["s1"], [wechat.APP_ID])
        assert url.endswith("#wechat_redirect")
        assert wechat.APP_SECRET not in url

    def test_a_code_is_good_once(self, payer):
        payer.server.codes["C1"] = "oUpF8u"
        assert payer.channel.openid("C1") == "oUpF8u"
        with pytest.raises(ChannelRefuses, match="40029"):
            payer.channel.openid("C1")

    @pytest.mark.parametrize("body", [b'{"errcode":-1}', b"<html>", b"[]", b'{"errcode":45011}'])
    def test_busy_is_down(self, payer, body):
        payer.server.served.change = lambda reply: Reply(200, body)
        with pytest.raises(ChannelDown):
            payer.channel.openid("C1")


def test_nothing_secret_is_shown_or_logged(payer, told, caplog):
    caplog.set_level("DEBUG")
    payer.channel.ask("T1")
    with pytest.raises(NotGenuine):
        payer.channel.read({}, b"{}")
    shown = repr(payer.server.account()) + caplog.text
    for secret in (wechat.SECRET, wechat.APP_SECRET, "PRIVATE KEY"):
        assert secret not in shown
