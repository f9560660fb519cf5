"""The SDK of WeChat Pay with what ours adds: its own transport, its own checks of signatures
(ADR 0083). Loading it loads the SDK.
"""

import json
import logging
import re
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.core import Core
from wechatpayv3.type import RequestType
from wechatpayv3.utils import build_authorization, rsa_verify

from app.integrations.payments.channel_keys import ChannelKeys
from app.integrations.payments.fetching import fetch
from app.integrations.payments.platform_certificates import certificates_of
from app.ports.clock import Clock
from app.ports.payments import ChannelDown

CERTIFICATES = "/v3/certificates"
ALGORITHM = "WECHATPAY2-SHA256-RSA2048"
# A signature older than this may be one that somebody kept.
OLDEST = timedelta(minutes=5)
# An unknown serial may be invented by anyone who can call us: it must not make us ask each time.
ASK_AGAIN = timedelta(minutes=1)
SERIAL = re.compile(r"[0-9A-Fa-f]{1,64}")
log = logging.getLogger(__name__)


class CheckedCore(Core):  # type: ignore[misc]
    """Signs requests and checks answers and callbacks; asks for platform certificates when it first
    needs them and when an unknown one signs.
    """

    def __init__(
        self,
        keys: ChannelKeys,
        *,
        merchant: str,
        secret: str,
        public_key_id: str,
        gateway: str,
        clock: Clock,
    ) -> None:
        super().__init__(
            merchant,
            keys.serial,
            keys.private,
            secret,
            public_key=keys.public or None,
            public_key_id=public_key_id or None,
        )
        self._gate_way, self._clock = gateway, clock
        self._known: Mapping[int, x509.Certificate] = {}
        self._asked_at: datetime | None = None
        self._lock = threading.Lock()

    def request(
        self,
        path: str,
        method: RequestType = RequestType.GET,
        data: Any = None,
        skip_verify: bool = False,
        **_unused: Any,
    ) -> tuple[int, Any]:
        """Ask, as the SDK's own does; the SDK's modules of calls come here. Raises ChannelDown."""
        body = _json(data) if data else ""
        authorization = build_authorization(
            path, method.value, self._mchid, self._cert_serial_no, self._private_key, data=body
        )
        headers = {
            "Accept": "application/json",
            "Authorization": authorization,
            "Content-Type": "application/json",
            "User-Agent": "anhuan",
        }
        if self._public_key_id:
            headers["Wechatpay-Serial"] = self._public_key_id
        answer = fetch(
            method.value,
            self._gate_way + path,
            headers=headers,
            body=body.encode() if body else None,
            is_file=skip_verify and path != CERTIFICATES,
        )
        if 200 <= answer.status < 300 and not skip_verify:
            text = answer.body.decode("utf-8", "replace")
            if not self._verify_signature(answer.headers, text):
                log.warning("wechat: an answer without its signature")
                raise ChannelDown
            return answer.status, text
        is_text = "application/json" in answer.headers.get("content-type", "")
        return answer.status, answer.body.decode("utf-8", "replace") if is_text else answer.body

    def _verify_signature(self, headers: Mapping[str, str], body: str) -> bool:
        """Whether WeChat Pay signed this a moment ago. Headers in lower case."""
        at, serial = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-serial", "")
        if headers.get("wechatpay-signature-type", ALGORITHM) != ALGORITHM:
            return False
        if not (at.isascii() and at.isdigit() and len(at) < 12):
            return False
        if abs(self._clock.now().timestamp() - int(at)) > OLDEST.total_seconds():
            return False
        key = self._key_of(serial)
        nonce, signature = (headers.get(f"wechatpay-{name}", "") for name in ("nonce", "signature"))
        return key is not None and bool(rsa_verify(at, nonce, body, signature, key))

    def _key_of(self, serial: str) -> Any:
        if self._public_key_id and serial == self._public_key_id:
            return self._public_key
        if not SERIAL.fullmatch(serial):
            return None
        number = int(serial, 16)
        found = self._valid(number)
        if found is None:
            self._update_certificates()
            found = self._valid(number)
        return found.public_key() if found else None

    def _valid(self, number: int) -> x509.Certificate | None:
        found, now = self._known.get(number), self._clock.now()
        if found and found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            return found
        return None

    def _init_certificates(self) -> None:
        """Nothing at the start: a server must come up where WeChat Pay does not answer."""

    def _update_certificates(self) -> None:
        """Ask for the certificates in force, at most once a minute; those known stay where no new
        ones come.
        """
        with self._lock:
            now = self._clock.now()
            if self._asked_at is not None and now - self._asked_at < ASK_AGAIN:
                return
            self._asked_at = now
            try:
                # Nothing signs this answer; what is in it opens with our secret only.
                status, text = self.request(CERTIFICATES, skip_verify=True)
            except ChannelDown:
                return
            fresh = certificates_of(text, secret=self._apiv3_key) if status == 200 else {}
            if fresh:
                self._known = fresh
            else:
                log.warning("wechat: no platform certificates, status %s", status)


class WeChatClient(WeChatPay):  # type: ignore[misc]
    """The SDK's calls over our core; its own constructor would ask for certificates at once."""

    def __init__(self, core: CheckedCore, *, app_id: str, merchant: str) -> None:
        self._core, self._type = core, WeChatPayType.H5
        self._mchid, self._appid = merchant, app_id
        self._notify_url, self._partner_mode = None, False


def _json(data: Any) -> str:
    return data if isinstance(data, str) else json.dumps(data)
