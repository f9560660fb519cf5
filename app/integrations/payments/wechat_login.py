"""Who a payer inside WeChat is to us: an id of ours for him, asked for without his doing anything
(snsapi_base).
"""

import json
import logging
from urllib.parse import urlencode

from app.integrations.payments.fetching import fetch
from app.ports.payments import ChannelDown, ChannelRefuses

PAGE = "https://open.weixin.qq.com/connect/oauth2/authorize"
GATEWAY = "https://api.weixin.qq.com"
TOKEN = "/sns/oauth2/access_token"  # noqa: S105 - an address
# Busy, or asked too often.
AGAIN = {-1, 45009, 45011}
log = logging.getLogger(__name__)


def address(page: str, app_id: str, *, return_url: str, state: str) -> str:
    """Return the address that leads back with a code; WeChat wants this order."""
    asked = {
        "appid": app_id,
        "redirect_uri": return_url,
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return f"{page}?{urlencode(asked)}#wechat_redirect"


def openid(gateway: str, app_id: str, secret: str, *, code: str) -> str:
    """Return the payer's id for a code, which is good once. Raises ChannelDown, ChannelRefuses."""
    asked = {"appid": app_id, "secret": secret, "code": code, "grant_type": "authorization_code"}
    answer = fetch("GET", f"{gateway}{TOKEN}?{urlencode(asked)}")
    try:
        told = json.loads(answer.body)
        fault, found = told.get("errcode", 0), told.get("openid")
    except (ValueError, AttributeError) as problem:
        raise ChannelDown from problem
    if fault in AGAIN or answer.status != 200:
        raise ChannelDown
    if not isinstance(found, str) or not found:
        log.warning("wechat told no openid: %s", fault)
        raise ChannelRefuses(str(fault))
    return found
