"""Tencent Cloud SMS: approved templates, picked by the text; the provider's library is an optional
extra.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import GatewayDown, SmsRefused
from app.ports.sms import Answer, HandedOver, Sms, SmsGateway

PROVIDER = "tencent"
SERVICE, VERSION, ACTION = "sms", "2021-01-11", "SendSms"
# Well within the lease of a message, also where a batch takes a few calls one after another.
TIMEOUT_SECONDS = 5
SIGNATURE = re.compile(r"【([^】]+)】\s*")
PLACE = re.compile(r"\\\{\d+\\\}")
# binds a code to our address; goes out where a template has that line too
BOUND = re.compile(r"\n@\S+ #\d+\Z")
# Codes of the provider for which trying again is no use: the number, the template or the text is
# at fault.
FINAL = ("FailedOperation.", "InvalidParameterValue.", "UnsupportedOperation.", "MissingParameter")

Transport = Callable[[dict[str, Any]], Mapping[str, Any]]


@dataclass(frozen=True)
class TencentAccount:
    """What the provider knows us by; `templates` maps its template ids to the approved texts with
    {1} {2} places.
    """

    app_id: str
    region: str
    templates: Mapping[str, str]
    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)


class TencentSms(SmsGateway):
    """Sends a text as the approved template it fits; refuses to work outside production."""

    most_a_call = 200  # the provider's own limit

    def __init__(
        self, account: TencentAccount, *, is_production: bool, transport: Transport | None = None
    ) -> None:
        self._account = account
        self._is_production = is_production
        self._transport = transport
        self._patterns = tuple((key, _pattern(text)) for key, text in account.templates.items())

    def send(self, sms: Sms) -> HandedOver:
        """Hand over one message. Raises GatewayDown when it is safe to try again, else
        SmsRefused.
        """
        (answer,) = self.send_all((sms,))
        if not isinstance(answer, HandedOver):
            raise answer
        return answer

    def send_all(self, messages: Sequence[Sms]) -> tuple[Answer, ...]:
        """Hand over messages with the same text in one call; return of each what came of it."""
        # The last of several bars: a test must never reach a real phone.
        if not self._is_production:
            return tuple(SmsRefused() for _one in messages)
        try:
            answer = self._call(self._request(messages))
        except (GatewayDown, SmsRefused) as fault:
            return tuple(fault for _one in messages)

        told = answer.get("SendStatusSet") or []
        # One status a number, in their order; where there are others nobody can tell whose is
        # whose, and what did not go is treated as down and tried again.
        if len(told) != len(messages):
            told = [{}] * len(messages)
        return tuple(_answer(one) for one in told)

    def _request(self, messages: Sequence[Sms]) -> dict[str, Any]:
        text = messages[0].text
        found = SIGNATURE.match(text)
        if found is None:
            raise SmsRefused

        template, values = self._fitting(text[found.end() :])

        return {
            "PhoneNumberSet": [f"+86{one.to}" for one in messages],
            "SmsSdkAppId": self._account.app_id,
            "SignName": found.group(1),
            "TemplateId": template,
            "TemplateParamSet": values,
        }

    def _fitting(self, words: str) -> tuple[str, list[str]]:
        for text in (words, BOUND.sub("", words)):
            for template, pattern in self._patterns:
                if (found := pattern.fullmatch(text)) is not None:
                    return template, list(found.groups())
        raise SmsRefused

    def lacking(self, texts: Mapping[str, str]) -> list[str]:
        """Return the names of the messages, given by name with their signature, that no approved
        template fits.
        """
        return [
            name for name, text in texts.items() if not self._fits(SIGNATURE.sub("", text, count=1))
        ]

    def _fits(self, words: str) -> bool:
        try:
            return bool(self._fitting(words))
        except SmsRefused:
            return False

    def _call(self, request: dict[str, Any]) -> Mapping[str, Any]:
        if self._transport is None:
            self._transport = _library_transport(self._account)
        try:
            return self._transport(request)
        except Exception as problem:  # the library's own errors, the network, time-outs
            raise GatewayDown from problem


def _answer(told: Mapping[str, Any]) -> Answer:
    status = str(told.get("Code", ""))
    if status == "Ok":
        return HandedOver(PROVIDER, str(told.get("SerialNo") or ""))
    return SmsRefused() if status.startswith(FINAL) else GatewayDown()


def _pattern(text: str) -> re.Pattern[str]:
    # Short and as little as will do: a place must not swallow the fixed words beside it, or a
    # message would fit a template that says something else.
    return re.compile(PLACE.sub("(.{1,20}?)", re.escape(text.strip())))


def _library_transport(account: TencentAccount) -> Transport:
    """The provider's own library; installed apart: pip install tencentcloud-sdk-python-sms."""
    from tencentcloud.common.common_client import CommonClient
    from tencentcloud.common.credential import Credential
    from tencentcloud.common.profile.client_profile import ClientProfile
    from tencentcloud.common.profile.http_profile import HttpProfile

    profile = ClientProfile(httpProfile=HttpProfile(reqTimeout=TIMEOUT_SECONDS))
    credential = Credential(account.secret_id, account.secret_key)
    client = CommonClient(SERVICE, VERSION, credential, account.region, profile)

    def call(request: dict[str, Any]) -> Mapping[str, Any]:
        answer: Any = client.call_json(ACTION, request)
        found = json.loads(answer) if isinstance(answer, str | bytes) else answer
        return dict(found.get("Response", found))

    return call
