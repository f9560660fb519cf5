"""Who runs this installation, as pages show it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Site:
    """The lender's names, numbers and account, all from settings."""

    base_url: str
    lender_name: str
    licence: str
    sms_signature: str
    hotline: str
    hotline_hours: str
    icp_number: str
    police_number: str
    payee_name: str
    payee_bank: str
    payee_account: str
    payment_shows: str
    exit_url: str
    languages: tuple[str, ...] = ("zh-Hans",)
    # Of the files that the core system is told by.
    files_encoding: str = "utf-8"
