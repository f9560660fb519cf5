"""The SDK of Alipay with what ours adds: its own transport, Beijing's time, sums as text
(ADR 0083). Loading it loads the SDK.
"""

import binascii
import json
import logging
from collections.abc import Mapping
from typing import Any

from alipay import AliPay

from app.integrations.payments.channel_keys import ChannelKeys
from app.integrations.payments.fetching import fetch
from app.integrations.payments.plain_values import beijing_text
from app.ports.clock import Clock
from app.ports.payments import ChannelDown

SIGN_TYPE = "RSA2"
# The SDK writes what it is asked to log to the console by a handler of its own.
logging.getLogger("python-alipay-sdk").handlers.clear()
log = logging.getLogger(__name__)


class AlipayClient(AliPay):  # type: ignore[misc]
    """Signs what we ask and checks what we are told."""

    def __init__(self, keys: ChannelKeys, *, app_id: str, gateway: str, clock: Clock) -> None:
        super().__init__(
            app_id,
            app_private_key_string=keys.private,
            alipay_public_key_string=keys.public,
            sign_type=SIGN_TYPE,
        )
        self._gateway, self._clock = gateway, clock

    def build_body(
        self, method: str, biz_content: Mapping[str, Any] | None = None, **more: Any
    ) -> dict[str, Any]:
        """As the SDK's, but the time is Beijing's and not that of the host."""
        body: dict[str, Any] = super().build_body(method, biz_content, **more)
        return body | {"timestamp": beijing_text(self._clock.now())}

    def verified_sync_response(self, data: dict[str, Any], response_type: str) -> dict[str, Any]:
        """Ask, and return what the answer says. Raises ChannelDown."""
        answer = fetch("GET", f"{self._gateway}?{self.sign_data(data)}")
        try:
            if answer.status == 200:
                return self._read(answer.body.decode(), response_type)
            log.warning("alipay: status %s", answer.status)
        except (ValueError, KeyError, TypeError) as fault:
            log.warning("alipay: an answer that cannot be read: %s", type(fault).__name__)
            raise ChannelDown from fault
        raise ChannelDown

    def is_genuine(self, told: Mapping[str, str]) -> bool:
        """Tell whether Alipay signed a notice."""
        unsigned = {name: value for name, value in told.items() if name != "sign"}
        if unsigned.get("sign_type") != SIGN_TYPE:
            return False
        try:
            return bool(self.verify(unsigned, told.get("sign", "")))
        except (binascii.Error, ValueError):
            return False

    def _read(self, text: str, name: str) -> dict[str, Any]:
        """The part that is signed, as it stands: the SDK looks for its end by counting braces, also
        those within a text, and makes floats of sums.
        """
        whole = _plain(text)
        if name not in whole and "error_response" in whole:
            # Refused before it was looked at, so there is nothing to sign.
            return dict(whole["error_response"])
        start = text.index("{", text.index(f'"{name}"'))
        found, end = _decoder().raw_decode(text, start)
        if "sign" not in whole:
            if found.get("code") == "10000":
                raise ValueError("no signature")
            return dict(found)
        if not self._verify(text[start:end], str(whole["sign"])):
            raise ValueError("signature")
        return dict(found)


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=str, parse_int=str)


def _plain(text: str) -> dict[str, Any]:
    found = _decoder().decode(text)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
