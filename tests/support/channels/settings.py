"""Settings of both vendors' channels, with the files they name made for a test."""

from pathlib import Path

from cryptography.hazmat.primitives import serialization

from tests.support.channels import alipay, wechat
from tests.support.channels.served import key_named, private_text, public_text
from tests.support.clock import NOW


def environment(folder: Path) -> dict[str, str]:
    """All of it, WeChat Pay in public key mode."""
    folder.mkdir(parents=True, exist_ok=True)
    ours = wechat.certificate_of("our merchant key", NOW)
    files = {
        "apiclient_key.pem": private_text(key_named("our merchant key")),
        "apiclient_cert.pem": ours.public_bytes(serialization.Encoding.PEM).decode(),
        "pub_key.pem": public_text(key_named("wechat public key")),
        "app_key.pem": private_text(key_named(alipay.OURS)),
        "alipay_key.pem": public_text(key_named(alipay.THEIRS)),
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    return {
        "WECHAT_MCH_ID": wechat.MERCHANT,
        "WECHAT_APP_ID": wechat.APP_ID,
        "WECHAT_APP_SECRET": wechat.APP_SECRET[:24] + "0f1e2d3c",
        "WECHAT_API_V3_KEY": wechat.SECRET,
        "WECHAT_KEY_FILE": str(folder / "apiclient_key.pem"),
        "WECHAT_CERT_FILE": str(folder / "apiclient_cert.pem"),
        "WECHAT_PUBLIC_KEY_ID": wechat.PUBLIC_KEY_ID,
        "WECHAT_PUBLIC_KEY_FILE": str(folder / "pub_key.pem"),
        "ALIPAY_APP_ID": alipay.APP_ID,
        "ALIPAY_SELLER_ID": alipay.SELLER_ID,
        "ALIPAY_KEY_FILE": str(folder / "app_key.pem"),
        "ALIPAY_PUBLIC_KEY_FILE": str(folder / "alipay_key.pem"),
    }
