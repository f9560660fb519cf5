"""Every SMS gateway keeps the same promises; the provider is replaced at its transport."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.config import Settings, TencentSettings
from app.domain.errors import GatewayDown, SmsRefused
from app.integrations.sms.local import LocalSms
from app.integrations.sms.tencent import TencentAccount, TencentSms
from app.ports.sms import HandedOver, Sms
from app.services.outbox.sms_texts import bind_to_site, examples
from app.wiring import make_gateways
from tests.support.clock import NOW

CODE = "【澄明消金】验证码 123456，5 分钟内有效，用于登录安还。请勿转告他人。"
TEMPLATES = {
    "1001": "验证码 {1}，{2} 分钟内有效，用于登录安还。请勿转告他人。",
    "1002": "方案 {1} 已同意，有效到{2}（含当天）。下一步请登录安还看：http://127.0.0.1:8000",
}
ROOT = Path(__file__).resolve().parents[2]
# what the parameters of the paper are in an example
EXAMPLES = {
    "code": "123456",
    "minutes": "4",
    "plan": "AH-00001",
    "number": "AH-00001",
    "agreement": "AH-00001-1",
    "day": "12月2日",
    "tail": "7745",
    "hours": "24",
}


@pytest.fixture
def site(tmp_path):
    return Settings.from_env({"INSTANCE_DIR": str(tmp_path / "instance")}).site


class Provider:
    """Answers as the provider would."""

    def __init__(self, code="Ok", error=None):
        self.code, self.error, self.requests = code, error, []

    def __call__(self, request):
        self.requests.append(request)
        if self.error:
            raise self.error
        return {"SendStatusSet": [{"Code": self.code, "SerialNo": "1"}], "RequestId": "r"}


def tencent(provider, *, is_production=True, templates=TEMPLATES):
    account = TencentAccount(
        app_id="1400", region="ap-guangzhou", templates=templates, secret_id="i", secret_key="k"
    )
    return TencentSms(account, is_production=is_production, transport=provider)


@pytest.fixture(params=["local", "tencent"])
def gateway(request, tmp_path):
    return LocalSms(tmp_path / "sms.jsonl") if request.param == "local" else tencent(Provider())


def test_a_message_that_was_taken_has_its_providers_id(gateway):
    taken = gateway.send(Sms(to="19003740000", text=CODE, at=NOW, key="k"))
    assert taken.provider in ("local", "tencent")
    assert taken.id
    assert taken == gateway.send(Sms(to="19003740000", text=CODE, at=NOW, key="k"))


def test_the_local_file_holds_one_line_a_message(tmp_path):
    path = tmp_path / "outbox" / "sms.jsonl"
    for to in ("19003740000", "19003740001"):
        LocalSms(path).send(Sms(to=to, text="两行\n文字", at=NOW))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"to": "19003740000", "text": "两行\n文字", "at": NOW.isoformat()}
    assert [line["to"] for line in lines] == ["19003740000", "19003740001"]


def test_the_text_goes_out_as_the_template_it_fits():
    provider = Provider()
    tencent(provider).send(Sms(to="19003740000", text=CODE, at=NOW))
    tencent(provider).send(
        Sms(
            to="19003740000",
            text="【澄明消金】方案 AH-00001 已同意，有效到12月2日（含当天）。下一步请登录安还看："
            "http://127.0.0.1:8000",
            at=NOW,
        )
    )
    first, second = provider.requests
    assert first == {
        "PhoneNumberSet": ["+8619003740000"],
        "SmsSdkAppId": "1400",
        "SignName": "澄明消金",
        "TemplateId": "1001",
        "TemplateParamSet": ["123456", "5"],
    }
    assert (second["TemplateId"], second["TemplateParamSet"]) == ("1002", ["AH-00001", "12月2日"])


def test_the_line_that_binds_a_code_goes_out_only_where_its_template_has_it():
    provider = Provider()
    bound = CODE + "\n@anhuan.example.cn #123456"
    tencent(provider).send(Sms(to="19003740000", text=bound, at=NOW))
    assert (provider.requests[0]["TemplateId"], provider.requests[0]["TemplateParamSet"]) == (
        "1001",
        ["123456", "5"],
    )
    whole = {"2001": TEMPLATES["1001"] + "\n@anhuan.example.cn #{3}"}
    tencent(provider, templates=TEMPLATES | whole).send(Sms(to="19003740000", text=bound, at=NOW))
    assert (provider.requests[1]["TemplateId"], provider.requests[1]["TemplateParamSet"]) == (
        "2001",
        ["123456", "5", "123456"],
    )


def test_messages_that_no_template_fits_are_named_at_the_start(tmp_path):
    found = Settings.from_env({"INSTANCE_DIR": str(tmp_path)})
    account = TencentSettings(
        app_id="1400",
        region="r",
        templates=TEMPLATES,
        secret_id="i",
        secret_key="k",
        receipt_key="r",
    )
    with capture_logs() as logs:
        make_gateways(replace(found, tencent=account))
    (told,) = [one for one in logs if one["event"] == "sms_without_template"]
    assert {"plan_refused", "sign_code"} <= set(told["messages"])
    assert {"sign_in_code", "plan_approved"}.isdisjoint(told["messages"])


def test_the_paper_has_an_approved_text_for_each_message_with_its_parameters_in_order(site):
    """What an operator copies from the paper is what goes out, the binding line of codes too."""
    paper = (ROOT / "docs/production.md").read_text(encoding="utf-8")
    paper = paper.partition("## SMS templates")[2].partition("\n## ")[0]
    rows = re.findall(
        r"^\| `(\w+)` \| `(.+?)`(?: \+ line break \+ `(.+)`)? \| (.+) \|$", paper, re.M
    )
    own = {"HOTLINE": site.hotline, "ADDRESS": site.base_url, "HOST": "127.0.0.1"}
    texts = examples(site)
    assert {name for name, *_rest in rows} == texts.keys()
    for name, first, line, parameters in rows:
        approved = "\n".join(filter(None, (first, line)))
        for word, value in own.items():
            approved = approved.replace(word, value)
        provider, text = Provider(), texts[name]
        text = bind_to_site(text, site, code="123456") if line else text
        tencent(provider, templates={"1": approved}).send(Sms("19003740000", text, NOW))
        meant = [EXAMPLES[one] for one in parameters.split(", ") if one != "none"]
        assert provider.requests[0]["TemplateParamSet"] == meant


@pytest.mark.parametrize("text", ["没有签名的文字", "【澄明消金】没有登记过的文字"])
def test_a_text_without_a_template_is_refused_for_good(text):
    provider = Provider()
    with pytest.raises(SmsRefused):
        tencent(provider).send(Sms(to="19003740000", text=text, at=NOW))
    assert not provider.requests


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        ("FailedOperation.PhoneNumberInBlacklist", SmsRefused),
        ("InvalidParameterValue.IncorrectPhoneNumber", SmsRefused),
        ("UnsupportedOperation.", SmsRefused),
        ("LimitExceeded.PhoneNumberDailyLimit", GatewayDown),
        ("InternalError.Timeout", GatewayDown),
        ("", GatewayDown),
    ],
)
def test_what_the_provider_says_is_final_or_worth_another_try(code, raised):
    with pytest.raises(raised):
        tencent(Provider(code)).send(Sms(to="19003740000", text=CODE, at=NOW))


def test_a_provider_out_of_reach_is_worth_another_try():
    with pytest.raises(GatewayDown):
        tencent(Provider(error=TimeoutError())).send(Sms(to="19003740000", text=CODE, at=NOW))


def test_the_provider_is_never_called_outside_production():
    provider = Provider()
    with pytest.raises(SmsRefused):
        tencent(provider, is_production=False).send(Sms(to="19003740000", text=CODE, at=NOW))
    assert not provider.requests


def test_secrets_stay_out_of_what_is_printed():
    account = TencentAccount(
        app_id="1400", region="r", templates={}, secret_id="hidden-id", secret_key="hidden-key"
    )
    assert "hidden" not in repr(account)


def test_what_was_noted_and_not_written_is_written(tmp_path):
    """Who was killed between the two has not sent it; who was killed after them has."""
    path = tmp_path / "sms.jsonl"
    for name in ("first", "second"):
        LocalSms(path).send(Sms(to="19003740000", text=name, at=NOW, key=name))
    first, _second = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text(first, encoding="utf-8")
    for name in ("second", "first", "second"):
        LocalSms(path).send(Sms(to="19003740000", text=name, at=NOW, key=name))
    written = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert written == ["first", "second"]


def test_the_local_file_takes_a_key_once(tmp_path):
    """What is handed over anew after a kill is told by its key, on any host."""
    path = tmp_path / "sms.jsonl"
    for key in ("k1", "k2", "k1", "", ""):
        LocalSms(path).send(Sms(to="19003740000", text=key or "plain", at=NOW, key=key))
    lines = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == ["k1", "k2", "plain", "plain"]


def test_messages_that_read_the_same_go_in_one_call():
    provider = Many()
    messages = [Sms(to=f"1900374000{n}", text=CODE, at=NOW) for n in range(3)]
    told = tencent(provider).send_all(messages)
    assert provider.requests[0]["PhoneNumberSet"] == [f"+861900374000{n}" for n in range(3)]
    assert [type(one) for one in told] == [HandedOver, SmsRefused, GatewayDown]


@pytest.mark.parametrize("statuses", [[], [{"Code": "Ok"}]])
def test_an_answer_that_does_not_tell_of_each_is_taken_for_none(statuses):
    messages = [Sms(to=f"1900374000{n}", text=CODE, at=NOW) for n in range(2)]
    told = tencent(lambda _request: {"SendStatusSet": statuses}).send_all(messages)
    assert [type(one) for one in told] == [GatewayDown, GatewayDown]


def test_an_adapter_without_a_call_for_many_hands_over_one_by_one(tmp_path):
    gateway = LocalSms(tmp_path / "sms.jsonl")
    assert gateway.most_a_call == 1
    (taken,) = gateway.send_all([Sms(to="19003740000", text=CODE, at=NOW)])
    assert taken.provider == "local"


class Many:
    """One goes, one is refused for good, one may be tried again."""

    def __init__(self):
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        codes = ("Ok", "FailedOperation.PhoneNumberInBlacklist", "LimitExceeded.DeliveryFrequency")
        return {"SendStatusSet": [{"Code": code} for code in codes]}
