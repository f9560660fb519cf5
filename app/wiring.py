"""Picks gateways from settings and builds the web application; the only importer of
integrations.
"""

import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog
from flask import Flask
from structlog.typing import Processor

from app import create_app
from app.config import BadSettings, Settings
from app.config_payments import AlipaySettings, WeChatSettings
from app.domain.repayments.row import COLUMNS as REPAYMENT_HEADINGS
from app.integrations.on_first_use import LateDocuments, LateSigner, LateXlsx
from app.integrations.paper_lane import PaperLane
from app.integrations.payments import alipay, wechat
from app.integrations.payments import local as local_cashier
from app.integrations.payments.alipay import AlipayAccount, AlipayPayments
from app.integrations.payments.channel_keys import read_alipay_keys, read_wechat_keys
from app.integrations.payments.faults import ChannelLacking
from app.integrations.payments.local import LocalCashier
from app.integrations.payments.wechat import WeChatAccount, WeChatPayments
from app.integrations.pictures.maker import LimitedPictures
from app.integrations.processes.pool import OneProcess, ProcessPool
from app.integrations.sheets.csv_book import CsvBook
from app.integrations.sheets.csv_sheets import CsvSheets
from app.integrations.sheets.tables import LenderTables
from app.integrations.signing.keys import (
    KeyUnusable,
    SigningKey,
    StampAuthority,
    make_development_authority,
    make_development_key,
    read_roots,
    read_signing_key,
)
from app.integrations.sms import local, tencent
from app.integrations.sms.local import LocalReceipts, LocalSms
from app.integrations.sms.tencent import TencentAccount, TencentSms
from app.integrations.sms.tencent_receipts import TencentReceipts
from app.integrations.storage.anchor_file import AnchorFile
from app.integrations.storage.disk import DiskStorage
from app.integrations.storage.s3 import S3Account, S3Lacking, S3Storage
from app.integrations.vault.aesgcm import AesGcmVault
from app.integrations.work.procrastinate_work import ProcrastinateWork
from app.jobs.embedded import EmbeddedWork
from app.ports.book import Book
from app.ports.gateways import Gateways
from app.ports.payments import Payments
from app.ports.processes import Processes
from app.ports.sms import Receipts, SmsGateway
from app.ports.storage import Storage
from app.ports.work import Work
from app.services.outbox.sms_texts import examples
from app.services.paying.handing_over import CALLBACK

log = structlog.get_logger()


def make_gateways(settings: Settings, *, work: Work | None = None) -> Gateways:
    """Gateways of one installation, with its own engine unless another is given. The local SMS file
    is refused in production by Settings. Raises BadSettings.
    """
    lane, cashier = PaperLane(), _cashier(settings)
    return Gateways(
        sms=_sms(settings),
        vault=AesGcmVault(data_key=settings.data_key, lookup_key=settings.lookup_key),
        documents=LateDocuments(lane),
        signer=LateSigner(_signing_key(settings), _stamp_authority(settings), lane),
        sheets={"csv": CsvSheets(), "xlsx": LateXlsx()},
        storage=_files(settings, "exports"),
        anchors=AnchorFile(settings.anchor_file),
        papers=_files(settings, "papers"),
        agreements=_files(settings, "agreements"),
        pictures=LimitedPictures(),
        work=work or _work(settings),
        receipts=_receipts(settings),
        processes=_processes(settings),
        tables=LenderTables(),
        payments=_payments(settings, cashier),
        cashier=cashier,
    )


def write_plain_logs() -> None:
    """One JSON object a line, also of what libraries tell; which request it is about; tracebacks
    without the values of variables, which may be personal.
    """
    said: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    written = structlog.processors.JSONRenderer(ensure_ascii=False)
    structlog.configure(
        processors=[*said, written],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *said],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, written],
        )
    )
    logging.getLogger().handlers[:] = [handler]


def _sms(settings: Settings) -> SmsGateway:
    """The gateway the settings name; Settings refuses the local one in production."""
    found = settings.tencent
    if found is None:
        fates = settings.local_sms.fates if settings.local_sms else None
        return LocalSms(_local_file(settings), fates=fates)
    account = TencentAccount(
        app_id=found.app_id,
        region=found.region,
        templates=found.templates,
        secret_id=found.secret_id,
        secret_key=found.secret_key,
    )
    gateway = TencentSms(account, is_production=settings.is_production)
    read = [examples(settings.site, language=one) for one in settings.site.languages]
    if lacking := sorted({name for texts in read for name in gateway.lacking(texts)}):
        log.warning("sms_without_template", messages=lacking)  # each of them would be refused
    return gateway


def _receipts(settings: Settings) -> Mapping[str, Receipts]:
    """Who may tell what became of messages: each provider with settings, also beside another."""
    found: dict[str, Receipts] = {}
    if settings.local_sms is not None:
        key = settings.local_sms.receipt_key
        found[local.PROVIDER] = LocalReceipts(_local_file(settings), key)
    if settings.tencent is not None:
        found[tencent.PROVIDER] = TencentReceipts(settings.tencent.receipt_key)
    return found


def _cashier(settings: Settings) -> LocalCashier | None:
    """The local cashier; Settings refuses it in production."""
    found = settings.local_cashier
    if found is None:
        return None
    return LocalCashier(settings.instance_dir / "cashier" / "orders.json", found.key)


def _payments(settings: Settings, cashier: LocalCashier | None) -> Mapping[str, Payments]:
    """The channels that collect money, those of vendors before the local one."""
    found: dict[str, Payments] = {}
    try:
        if settings.payments.wechat is not None:
            found[wechat.CODE] = _wechat(settings.payments.wechat, settings.site.base_url)
        if settings.payments.alipay is not None:
            found[alipay.CODE] = _alipay(settings.payments.alipay)
    except (KeyUnusable, ChannelLacking) as fault:
        raise BadSettings(str(fault)) from fault
    if cashier is not None:
        found[local_cashier.CODE] = cashier
    return found


def _wechat(found: WeChatSettings, base_url: str) -> Payments:
    """Raises KeyUnusable, ChannelLacking."""
    keys = read_wechat_keys(found.key_file, found.certificate_file, found.public_key_file)
    account = WeChatAccount(
        merchant=found.merchant,
        app_id=found.app_id,
        keys=keys,
        app_secret=found.app_secret,
        secret=found.secret,
        public_key_id=found.public_key_id,
        refunds_url=base_url.rstrip("/") + CALLBACK.format(wechat.CODE),
    )
    return WeChatPayments(account)


def _alipay(found: AlipaySettings) -> Payments:
    """Raises KeyUnusable, ChannelLacking."""
    keys = read_alipay_keys(found.key_file, found.public_key_file)
    return AlipayPayments(AlipayAccount(found.app_id, found.seller_id, keys))


def _local_file(settings: Settings) -> Path:
    return settings.instance_dir / "outbox" / "sms.jsonl"


def _files(settings: Settings, root: str) -> Storage:
    """A folder of this host, or a part of the store that the settings name. Raises BadSettings."""
    found = settings.s3
    if found is None:
        return DiskStorage(settings.instance_dir / root)
    account = S3Account(
        endpoint=found.endpoint,
        bucket=found.bucket,
        prefix=found.prefix,
        region=found.region,
        addressing=found.addressing,
        key_id=found.key_id,
        secret=found.secret,
    )
    try:
        return S3Storage(account, root, spool=settings.instance_dir / "spool")
    except S3Lacking as fault:
        raise BadSettings(str(fault)) from fault


def _work(settings: Settings) -> Work:
    """PostgreSQL has an engine; SQLite, which is one file on one host, a loop of ours."""
    if settings.database_url.startswith("sqlite"):
        return EmbeddedWork(settings.database_url)
    return ProcrastinateWork(settings.database_url)


def _processes(settings: Settings) -> Processes:
    """As many as cores, where the settings name no number; on SQLite, for small books, this one."""
    is_small = settings.database_url.startswith("sqlite")
    count = settings.import_processes or (1 if is_small else len(os.sched_getaffinity(0)))
    return ProcessPool(count) if count > 1 else OneProcess()


def _signing_key(settings: Settings) -> SigningKey:
    """The lender's key; in development one is made on first use. Raises BadSettings."""
    found = settings.signing
    if found.is_made_here:
        make_development_key(found.key_file)
    try:
        return read_signing_key(
            found.key_file,
            certificate_file=found.certificate_file,
            password=found.password,
            trusted_dir=found.trusted_dir,
        )
    except KeyUnusable as fault:
        raise BadSettings(f"SIGNING_KEY_FILE cannot be used: {fault}") from fault


def _stamp_authority(settings: Settings) -> StampAuthority:
    """Who stamps seals with the time; in development without an address it is made on first use.

    Raises BadSettings.
    """
    found = settings.stamps
    try:
        if found.url:
            return StampAuthority(found.url, None, read_roots(found.root_file))
        make_development_authority(found.root_file)
        key = read_signing_key(found.root_file, certificate_file=found.root_file)
    except KeyUnusable as fault:
        raise BadSettings(f"TIMESTAMP_ROOT_FILE cannot be used: {fault}") from fault
    return StampAuthority("", key, key.trusted)


def application() -> Flask:
    """The application as gunicorn and the flask command see it."""
    write_plain_logs()
    settings = Settings.from_env()
    return create_app(settings, make_gateways(settings))


def open_book(path: Path) -> Book:
    """Open a file of loans. Raises BookUnreadable."""
    return CsvBook(path)


def open_repayments(path: Path) -> Book:
    """Open a file of repayments. Raises BookUnreadable."""
    return CsvBook(path, REPAYMENT_HEADINGS)


def open_folder(path: Path) -> Storage:
    """Keep files in a folder that a command was told."""
    return DiskStorage(path)
