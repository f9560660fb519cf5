"""An installation told everything production asks for, by files made for a test."""

import hashlib
from pathlib import Path

from app.integrations.signing.keys import make_development_authority, make_development_key

HOST = "anhuan.example.cn"
HOTLINE = "400-810-0001"
# What production is told of the lender in any words.
OF_THE_LENDER = (
    "LENDER_NAME",
    "LENDER_LICENCE",
    "SMS_SIGNATURE",
    "HOTLINE_HOURS",
    "ICP_NUMBER",
    "POLICE_NUMBER",
    "PAYEE_NAME",
    "PAYEE_BANK",
    "PAYEE_ACCOUNT",
    "PAYMENT_SHOWS",
)
TOLD = {
    "APP_ENV": "production",
    "SECRET_KEY": hashlib.sha256(b"secret").hexdigest(),
    "DATA_KEY": hashlib.sha256(b"data").hexdigest(),
    "LOOKUP_KEY": hashlib.sha256(b"look-up").hexdigest(),
    "TRUSTED_HOSTS": HOST,
    "BASE_URL": f"https://{HOST}",
    "PROXY_HOPS": "1",
    "TIMESTAMP_URL": "https://tsa.example.cn/tsr",
    "FILE_STORE": "folder",
    "SMS_GATEWAY": "tencent",
    "TENCENT_SECRET_ID": "i",
    "TENCENT_SECRET_KEY": "hidden",
    "TENCENT_SMS_APP_ID": "1400",
    "TENCENT_RECEIPT_KEY": hashlib.sha256(b"receipts").hexdigest(),
    "TENCENT_SMS_TEMPLATES": '{"1": "验证码 {1}"}',
    "HOTLINE": HOTLINE,
    **dict.fromkeys(OF_THE_LENDER, "示例"),
}


def told(folder: Path) -> dict[str, str]:
    """Every setting but the database's, with keys of its own in the folder."""
    key, roots = folder / "signing.pem", folder / "roots.pem"
    make_development_key(key)
    make_development_authority(roots)
    return TOLD | {
        "SIGNING_KEY_FILE": str(key),
        "SIGNING_CERT_FILE": str(key),
        "TIMESTAMP_ROOT_FILE": str(roots),
        "AUDIT_ANCHOR_FILE": str(folder / "anchors.txt"),
    }
