"""Certificates with which WeChat Pay signs, as it hands them out: sealed with our secret."""

import json
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidTag
from wechatpayv3.utils import aes_decrypt


def certificates_of(text: str | bytes, *, secret: str) -> Mapping[int, x509.Certificate]:
    """Return the certificates of an answer by their serial; what does not open is left out."""
    try:
        rows = json.loads(text)["data"]
        found = [one for row in rows if (one := _certificate(row, secret)) is not None]
    except (ValueError, KeyError, TypeError):
        return {}
    return {one.serial_number: one for one in found}


def _certificate(row: Any, secret: str) -> x509.Certificate | None:
    sealed = row["encrypt_certificate"]
    try:
        pem = aes_decrypt(
            nonce=sealed["nonce"],
            ciphertext=sealed["ciphertext"],
            associated_data=sealed["associated_data"],
            apiv3_key=secret,
        )
    except (InvalidTag, ValueError):
        return None
    return x509.load_pem_x509_certificate(pem.encode()) if pem else None
