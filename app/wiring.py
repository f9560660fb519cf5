"""Picks gateways from settings and builds the web application; the only importer of integrations."""

import sys
from pathlib import Path

import structlog
from flask import Flask

from app import create_app
from app.config import Settings
from app.integrations.sheets.csv_book import CsvBook
from app.integrations.sms.local import LocalSms
from app.integrations.sms.tencent import TencentAccount, TencentSms
from app.integrations.vault.aesgcm import AesGcmVault
from app.ports.book import Book
from app.ports.gateways import Gateways
from app.ports.sms import SmsGateway


def make_gateways(settings: Settings) -> Gateways:
    """Gateways of one installation. The local SMS file is refused in production by Settings."""
    return Gateways(
        sms=_sms(settings),
        vault=AesGcmVault(data_key=settings.data_key, lookup_key=settings.lookup_key),
    )


def write_plain_logs() -> None:
    """One JSON object a line; tracebacks without the values of variables, which may be personal."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def _sms(settings: Settings) -> SmsGateway:
    """The gateway the settings name; Settings refuses the local one in production."""
    found = settings.tencent
    if found is None:
        return LocalSms(settings.instance_dir / "outbox" / "sms.jsonl")
    account = TencentAccount(
        app_id=found.app_id, region=found.region, templates=found.templates, secret_id=found.secret_id,
        secret_key=found.secret_key,
    )  # fmt: skip
    return TencentSms(account, is_production=settings.is_production)


def application() -> Flask:
    """The application as gunicorn and the flask command see it."""
    write_plain_logs()
    settings = Settings.from_env()
    return create_app(settings, make_gateways(settings))


def open_book(path: Path) -> Book:
    """Open a file of loans. Raises BookUnreadable."""
    return CsvBook(path)
