"""Settings: every value typed, read from the environment once; production refuses what is missing
or weak.
"""

import json
import os
import platform
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.config_payments import SECRETS as SECRETS_OF_CHANNELS
from app.config_payments import PaymentSettings, read_payments
from app.config_secrets import MIN_DIFFERENT_BYTES, MIN_DIFFERENT_CHARS, weakness_of
from app.ports.site import Site

ROOT = Path(__file__).resolve().parent.parent
MIN_SECRET_CHARS = 32
PORTS = 65_536
KEY_HEX_CHARS = 64
PLACEHOLDER = re.compile(r"change.?me|replace|password|secret|example|placeholder")
DATABASES = ("postgresql+psycopg://", "sqlite:///")
SMS_GATEWAYS = ("local", "tencent")
# What the local gateway does with a message once it has it.
LOCAL_FATES = ("delivered", "failed", "silent")
FATE = re.compile(rf"(?:(\d+):)?({'|'.join(LOCAL_FATES)})")
# Stands in the address that a provider calls.
IN_ADDRESS = re.compile(r"[A-Za-z0-9_-]+")
SECRETS = (
    "SECRET_KEY",
    "DATA_KEY",
    "LOOKUP_KEY",
    "SIGNING_KEY_PASSWORD",
    "TENCENT_SECRET_KEY",
    "TENCENT_RECEIPT_KEY",
    "S3_SECRET_ACCESS_KEY",
    *SECRETS_OF_CHANNELS,
)
TENCENT_NAMES = (
    "TENCENT_SECRET_ID",
    "TENCENT_SECRET_KEY",
    "TENCENT_SMS_APP_ID",
    "TENCENT_SMS_TEMPLATES",
)
FILE_STORES = ("folder", "s3")
# Of the files that the core system is told by.
ENCODINGS = ("utf-8", "gb18030")
S3_ADDRESSING = ("auto", "path", "virtual")
S3_NAMES = (
    "S3_ENDPOINT",
    "S3_BUCKET",
    "S3_PREFIX",
    "S3_REGION",
    "S3_ACCESS_KEY_ID",
    "S3_SECRET_ACCESS_KEY",
)


class BadSettings(Exception):
    """Names every missing or refused setting at once."""


@dataclass(frozen=True)
class TencentSettings:
    """The account at the SMS provider; templates: its template id -> the approved text with {1} {2}
    places.
    """

    app_id: str
    region: str
    templates: Mapping[str, str]
    secret_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    receipt_key: str = field(repr=False)


@dataclass(frozen=True)
class LocalSmsSettings:
    """The file that stands for a provider in development; fates: the end of a number, the empty one
    being all others, and what becomes of messages to it.
    """

    fates: Mapping[str, str]
    receipt_key: str = field(repr=False)


@dataclass(frozen=True)
class LocalCashierSettings:
    """The channel that stands for those that collect money, in development."""

    key: str = field(repr=False)


@dataclass(frozen=True)
class SigningSettings:
    """Where the lender's signing key lies, with its certificate and those used before; in
    development made here.
    """

    key_file: Path
    certificate_file: Path
    password: str = field(repr=False)
    trusted_dir: Path | None
    is_made_here: bool


@dataclass(frozen=True)
class StampSettings:
    """Where the authority that tells the time of a seal answers, and the certificates above it;
    without an address development makes one, key and certificate in that file.
    """

    url: str = field(repr=False)  # it may hold a password
    root_file: Path


@dataclass(frozen=True)
class S3Settings:
    """A bucket of an S3-compatible store, and the part of it that is ours."""

    endpoint: str
    bucket: str
    prefix: str
    region: str
    addressing: str
    key_id: str = field(repr=False)
    secret: str = field(repr=False)


@dataclass(frozen=True)
class Settings:
    """One installation's settings; secrets stay out of `repr`."""

    env: str
    instance_dir: Path
    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_key: bytes = field(repr=False)
    lookup_key: bytes = field(repr=False)
    trusted_hosts: tuple[str, ...]
    proxy_hops: int
    site: Site
    signing: SigningSettings
    stamps: StampSettings
    anchor_file: Path
    tencent: TencentSettings | None = None
    local_sms: LocalSmsSettings | None = None
    s3: S3Settings | None = None
    payments: PaymentSettings = field(default_factory=PaymentSettings)
    local_cashier: LocalCashierSettings | None = None
    metrics_port: int = 0  # none are kept without
    # That read a nightly file; 0: as the machine has cores, on SQLite one.
    import_processes: int = 0

    @property
    def metrics_dir(self) -> Path:
        """Where the workers of this host count; other hosts may share what lies above."""
        return self.instance_dir / "metrics" / platform.node()

    @property
    def is_production(self) -> bool:
        """Whether real people use this installation."""
        return self.env == "production"

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the environment. Raises BadSettings naming all faults at once."""
        env = os.environ if environ is None else environ
        return _Reader(env).settings()


class _Reader:
    """Collects faults while reading, so that all are told together."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self.faults: list[str] = []
        self.production = environ.get("APP_ENV", "development") == "production"
        self.instance_dir = Path(environ.get("INSTANCE_DIR") or ROOT / "instance").resolve()

    def settings(self) -> Settings:
        env = self.environ.get("APP_ENV", "development")
        if env not in ("development", "production"):
            self.faults.append("APP_ENV must be development or production")
        self._check_sms()
        found = Settings(
            env=env,
            instance_dir=self.instance_dir,
            database_url=self._database(),
            secret_key=self._secret("SECRET_KEY"),
            data_key=self._key("DATA_KEY"),
            lookup_key=self._key("LOOKUP_KEY"),
            trusted_hosts=tuple(
                h.strip() for h in self._plain("TRUSTED_HOSTS", "").split(",") if h.strip()
            ),
            proxy_hops=self._number("PROXY_HOPS", 0),
            site=self._site(),
            signing=self._signing(),
            stamps=self._stamps(),
            # Another disk or host than the database in production: who rebuilds the one must not
            # reach the other.
            anchor_file=Path(
                self._plain("AUDIT_ANCHOR_FILE", str(self.instance_dir / "audit-anchors.txt"))
            ),
            tencent=self._tencent(),
            local_sms=self._local_sms(),
            s3=self._s3(),
            payments=self._payments(),
            local_cashier=self._local_cashier(),
            metrics_port=self._port("METRICS_PORT"),
            import_processes=self._maybe_number("IMPORT_PROCESSES"),
        )
        self._check_apart()
        if self.faults:
            raise BadSettings("; ".join(self.faults))
        return found

    def _plain(self, name: str, default: str) -> str:
        value = self.environ.get(name, "").strip()
        if not value and self.production:
            self.faults.append(f"{name} is missing")
        return value or default

    def _database(self) -> str:
        url = self._plain("DATABASE_URL", f"sqlite:///{self.instance_dir / 'anhuan.db'}")
        if not url.startswith(DATABASES):
            self.faults.append(f"DATABASE_URL must start with {' or '.join(DATABASES)}")
        return url

    def _real(self, name: str, demo: str) -> str:
        """What the demo invents and people rely on: whom they deal with, call and pay."""
        value = self._plain(name, demo)
        if self.production and value == demo and self.environ.get(name):
            self.faults.append(f"{name} is still the one of the demo")
        return value

    def _number(self, name: str, default: int) -> int:
        self._plain(name, "")  # production refuses what is missing
        return self._maybe_number(name, default)

    def _maybe_number(self, name: str, default: int = 0) -> int:
        value = self.environ.get(name, "").strip()
        if (value and not value.isascii()) or not (value or "0").isdigit():
            self.faults.append(f"{name} must be a whole number")
            return default
        return int(value) if value else default

    def _port(self, name: str) -> int:
        """A port of this host, or 0 where none is wanted, in production too."""
        value = self.environ.get(name, "").strip() or "0"
        if not (value.isascii() and value.isdigit() and int(value) < PORTS):
            self.faults.append(f"{name} must be a port")
            return 0
        return int(value)

    def _check_sms(self) -> None:
        """The local file is for development, the provider for production: neither can be taken for
        the other.
        """
        gateway = self._plain("SMS_GATEWAY", "local")
        if gateway not in SMS_GATEWAYS or (gateway == "local") == self.production:
            self.faults.append(
                f"SMS_GATEWAY={gateway} cannot be used with APP_ENV={self.environ.get('APP_ENV')}"
            )

    def _tencent(self) -> TencentSettings | None:
        if self.environ.get("SMS_GATEWAY", "").strip() != "tencent":
            return None
        found = {name: self.environ.get(name, "").strip() for name in TENCENT_NAMES}
        self.faults += [f"{name} is missing" for name, value in found.items() if not value]
        return TencentSettings(
            app_id=found["TENCENT_SMS_APP_ID"],
            region=self.environ.get("TENCENT_SMS_REGION", "").strip() or "ap-guangzhou",
            templates=self._templates(found["TENCENT_SMS_TEMPLATES"]),
            secret_id=found["TENCENT_SECRET_ID"],
            secret_key=found["TENCENT_SECRET_KEY"],
            receipt_key=self._receipt_key("TENCENT_RECEIPT_KEY"),
        )

    def _local_sms(self) -> LocalSmsSettings | None:
        if self.production or self.environ.get("SMS_GATEWAY", "").strip() == "tencent":
            return None
        told = self.environ.get("LOCAL_SMS_RECEIPTS", "").strip() or LOCAL_FATES[0]
        fates = [FATE.fullmatch(one.strip()) for one in told.split(",")]
        if not all(fates):
            self.faults.append(
                f"LOCAL_SMS_RECEIPTS must be of {', '.join(LOCAL_FATES)}, or 0001:failed"
            )
        return LocalSmsSettings(
            fates={one[1] or "": one[2] for one in fates if one},
            receipt_key=self._receipt_key("LOCAL_RECEIPT_KEY"),
        )

    def _local_cashier(self) -> LocalCashierSettings | None:
        """There in development unless it is switched off; in production it does not exist."""
        switch = self.environ.get("LOCAL_CASHIER", "").strip() or (
            "off" if self.production else "on"
        )
        if switch not in ("on", "off"):
            self.faults.append("LOCAL_CASHIER must be on or off")
        if switch == "on" and self.production:
            self.faults.append("LOCAL_CASHIER=on cannot be used with APP_ENV=production")
        if switch != "on" or self.production:
            return None
        return LocalCashierSettings(self._secret("LOCAL_CASHIER_KEY"))

    def _receipt_key(self, name: str) -> str:
        key = self._secret(name)
        if key and not IN_ADDRESS.fullmatch(key):
            self.faults.append(f"{name} may have letters, digits, - and _ only")
        return key

    def _s3(self) -> S3Settings | None:
        """All of it where the store is chosen; files lie in folders of INSTANCE_DIR else."""
        store = self._plain("FILE_STORE", "folder")
        if store not in FILE_STORES:
            self.faults.append(f"FILE_STORE must be {' or '.join(FILE_STORES)}")
        if store != "s3":
            return None
        found = {name: self.environ.get(name, "").strip() for name in S3_NAMES}
        self.faults += [f"{name} is missing" for name, value in found.items() if not value]
        # Files of borrowers and exports pass there, and the keys to them.
        starts = ("https://",) if self.production else ("https://", "http://")
        if found["S3_ENDPOINT"] and not found["S3_ENDPOINT"].startswith(starts):
            self.faults.append(f"S3_ENDPOINT must start with {' or '.join(starts)}")
        addressing = self.environ.get("S3_ADDRESSING", "").strip() or "auto"
        if addressing not in S3_ADDRESSING:
            self.faults.append(f"S3_ADDRESSING must be {' or '.join(S3_ADDRESSING)}")
        return S3Settings(
            endpoint=found["S3_ENDPOINT"],
            bucket=found["S3_BUCKET"],
            prefix=found["S3_PREFIX"],
            region=found["S3_REGION"],
            addressing=addressing,
            key_id=found["S3_ACCESS_KEY_ID"],
            secret=found["S3_SECRET_ACCESS_KEY"],
        )

    def _payments(self) -> PaymentSettings:
        found, faults = read_payments(self.environ, is_production=self.production)
        self.faults += faults
        return found

    def _templates(self, text: str) -> dict[str, str]:
        """A JSON object; one fault names what is wrong with it."""
        try:
            found = json.loads(text or "{}")
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            self.faults.append("TENCENT_SMS_TEMPLATES must be a JSON object of template id to text")
            return {}
        return found

    def _signing(self) -> SigningSettings:
        """Key and certificate come together; only development makes its own."""
        made_here = self.instance_dir / "keys" / "signing.pem"
        names = ("SIGNING_KEY_FILE", "SIGNING_CERT_FILE")
        given = dict(zip(names, self._together(*names), strict=True))
        self.faults += [
            f"{name} is no file"
            for name, value in given.items()
            if value and not Path(value).is_file()
        ]
        trusted = self.environ.get("SIGNING_TRUSTED_DIR", "").strip()
        if trusted and not Path(trusted).is_dir():
            self.faults.append("SIGNING_TRUSTED_DIR is no folder")
        return SigningSettings(
            key_file=Path(given["SIGNING_KEY_FILE"] or made_here),
            certificate_file=Path(given["SIGNING_CERT_FILE"] or made_here),
            password=self.environ.get("SIGNING_KEY_PASSWORD", ""),
            trusted_dir=Path(trusted) if trusted else None,
            is_made_here=not self.production and not any(given.values()),
        )

    def _stamps(self) -> StampSettings:
        """Address and certificates come together; only development does without."""
        url, root = self._together("TIMESTAMP_URL", "TIMESTAMP_ROOT_FILE")
        if url and not url.startswith(("http://", "https://")):
            self.faults.append("TIMESTAMP_URL must start with http:// or https://")
        if root and not Path(root).is_file():
            self.faults.append("TIMESTAMP_ROOT_FILE is no file")
        return StampSettings(url, Path(root or self.instance_dir / "keys" / "timestamp.pem"))

    def _together(self, *names: str) -> list[str]:
        """Settings of which production needs all, and development all or none."""
        given = [self.environ.get(name, "").strip() for name in names]
        if self.production or any(given):
            self.faults += [
                f"{name} is missing" for name, value in zip(names, given, strict=True) if not value
            ]
        return given

    def _secret(self, name: str) -> str:
        value = self.environ.get(name, "") or self._made_here(name)
        if len(value) < MIN_SECRET_CHARS:
            self.faults.append(f"{name} is missing or shorter than {MIN_SECRET_CHARS} characters")
        elif PLACEHOLDER.search(value.lower()):
            self._refuse_weak(name, "a placeholder")
        else:
            self._refuse_weak(name, weakness_of(value.lower().encode(), MIN_DIFFERENT_CHARS))
        return value

    def _key(self, name: str) -> bytes:
        value = self.environ.get(name, "") or self._made_here(name)
        try:
            key = bytes.fromhex(value)
        except ValueError:
            key = b""
        if len(key) * 2 != KEY_HEX_CHARS:
            self.faults.append(f"{name} must be {KEY_HEX_CHARS} hexadecimal digits")
        else:
            self._refuse_weak(name, weakness_of(key, MIN_DIFFERENT_BYTES))
        return key

    def _refuse_weak(self, name: str, why: str) -> None:
        # In development only what was made here is at stake.
        if why and self.production:
            self.faults.append(f"{name} can be guessed ({why}): openssl rand -hex 32 makes one")

    def _check_apart(self) -> None:
        """No secret serves two purposes: who learns one must not have learned another."""
        names: dict[str, list[str]] = {}
        for name in SECRETS:
            if self.production and (value := self.environ.get(name, "").strip().lower()):
                names.setdefault(value, []).append(name)
        self.faults += [
            f"{' and '.join(same)} are equal: each needs its own"
            for same in names.values()
            if len(same) > 1
        ]

    def _made_here(self, name: str) -> str:
        """In development a secret is made on first use and kept beside the database."""
        if self.production:
            return ""
        path = self.instance_dir / "keys" / name.lower()
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            fresh = path.with_suffix(f".{os.getpid()}")
            fresh.write_text(secrets.token_hex(KEY_HEX_CHARS // 2), encoding="ascii")
            fresh.chmod(0o600)
            try:
                os.link(fresh, path)  # two processes starting at once agree on one key
            except FileExistsError:
                pass
            fresh.unlink()
        return path.read_text(encoding="ascii")

    def _site(self) -> Site:
        site = Site(
            base_url=self._plain("BASE_URL", "http://127.0.0.1:8000"),
            lender_name=self._real("LENDER_NAME", "澄明消费金融有限公司（演示）"),
            licence=self._plain("LENDER_LICENCE", "持牌消费金融机构"),
            sms_signature=self._real("SMS_SIGNATURE", "澄明消金"),
            hotline=self._real("HOTLINE", "400-000-0000"),
            hotline_hours=self._plain("HOTLINE_HOURS", "每天 8:00–22:00"),
            icp_number=self._real("ICP_NUMBER", "ICP备案号（演示）"),
            police_number=self._real("POLICE_NUMBER", "公安备案号（演示）"),
            payee_name=self._real("PAYEE_NAME", "澄明消费金融有限公司（演示）"),
            payee_bank=self._real("PAYEE_BANK", "演示银行营业部"),
            payee_account=self._real("PAYEE_ACCOUNT", "0000 0000 0000 0000"),
            exit_url=self.environ.get("EXIT_URL", "").strip() or "https://www.nmc.cn/",
            payment_shows=self._plain("PAYMENT_SHOWS", "转账后 1 个工作日内显示"),
            files_encoding=self.environ.get("LENDER_FILES_ENCODING", "").strip() or "utf-8",
        )
        if site.files_encoding not in ENCODINGS:
            self.faults.append(f"LENDER_FILES_ENCODING must be one of {', '.join(ENCODINGS)}")
        if not re.fullmatch(r"https://[^\s;,\"']+", site.exit_url):
            self.faults.append("EXIT_URL must be a plain https address")
        if self.production and not site.base_url.startswith("https://"):
            self.faults.append("BASE_URL must start with https://")
        return site
