"""Tables of the product, one file an aggregate."""

from app.models.agreement import Agreement, AgreementFile, DueDate, Export, Signature
from app.models.audit import AuditEntry, AuditHead, RefusedTry
from app.models.base import Base, new_public_id
from app.models.befores import BEFORES
from app.models.borrower import (
    Borrower,
    Consent,
    ContestedValue,
    FormerBorrower,
    FormerBorrowerRow,
)
from app.models.case import Case, CaseNote
from app.models.contact import CallbackAttempt, CallbackRequest, Contact, Hold, Message, Thread
from app.models.counted import AgreementSum, QueueCount, QueuePlace, RegisterSum
from app.models.evidence import (
    Evidence,
    EvidenceRequest,
    EvidenceView,
    ProofView,
    TransferProof,
)
from app.models.finance import (
    DifferenceDay,
    DuesDay,
    DuesLine,
    DuesPass,
    FileDifference,
    MonthClose,
)
from app.models.house import HouseMove, Refund
from app.models.identity import IdentityAnswer, IdentityCheck, MobileChange
from app.models.keeping import (
    Certificate,
    CertificateFile,
    DateChange,
    PlanMatter,
    PlanNotice,
    PlanRound,
)
from app.models.ledger import Journal, LedgerEntry
from app.models.lender_files import LenderFileSet
from app.models.loan import Loan
from app.models.machine import ApiKey
from app.models.maps import ColumnMapVersion
from app.models.money import Match, Payment, PaymentAct, StatementFault, StatementFile
from app.models.nightly import (
    LoanSnapshot,
    NightlyFault,
    NightlyFile,
    NightlyFileAct,
    NightlyFilePart,
)
from app.models.outbox import Job, JobRun, OutboxItem, RequestKey, SmsReceipt
from app.models.paying import OrderPayment, PaymentOrder, PaymentRefund, ProviderEvent
from app.models.plan import (
    Appeal,
    Decision,
    Plan,
    PlanDraft,
    PlanLoan,
    PlanPart,
    PlanVersion,
    Verdict,
    VersionRelease,
    VersionWords,
)
from app.models.policy import CalendarDay, CalendarYear, PolicyDraft, PolicyVersion, ReasonCode
from app.models.signin import Device, FailedTry, SessionRow, SignInCode
from app.models.staff import RecoveryCode, Staff, StaffDevice, StaffRole, StaffSignIn
from app.models.voucher import Voucher, VoucherFile

__all__ = [
    "BEFORES",
    "Agreement",
    "AgreementFile",
    "AgreementSum",
    "ApiKey",
    "Appeal",
    "AuditEntry",
    "AuditHead",
    "Base",
    "Borrower",
    "CalendarDay",
    "CalendarYear",
    "CallbackAttempt",
    "CallbackRequest",
    "Case",
    "CaseNote",
    "Certificate",
    "CertificateFile",
    "ColumnMapVersion",
    "Consent",
    "Contact",
    "ContestedValue",
    "DateChange",
    "Decision",
    "Device",
    "DifferenceDay",
    "DueDate",
    "DuesDay",
    "DuesLine",
    "DuesPass",
    "Evidence",
    "EvidenceRequest",
    "EvidenceView",
    "Export",
    "FailedTry",
    "FileDifference",
    "FormerBorrower",
    "FormerBorrowerRow",
    "Hold",
    "HouseMove",
    "IdentityAnswer",
    "IdentityCheck",
    "Job",
    "JobRun",
    "Journal",
    "LedgerEntry",
    "LenderFileSet",
    "Loan",
    "LoanSnapshot",
    "Match",
    "Message",
    "MobileChange",
    "MonthClose",
    "NightlyFault",
    "NightlyFile",
    "NightlyFileAct",
    "NightlyFilePart",
    "OrderPayment",
    "OutboxItem",
    "Payment",
    "PaymentAct",
    "PaymentOrder",
    "PaymentRefund",
    "Plan",
    "PlanDraft",
    "PlanLoan",
    "PlanMatter",
    "PlanNotice",
    "PlanPart",
    "PlanRound",
    "PlanVersion",
    "PolicyDraft",
    "PolicyVersion",
    "ProofView",
    "ProviderEvent",
    "QueueCount",
    "QueuePlace",
    "ReasonCode",
    "RecoveryCode",
    "Refund",
    "RefusedTry",
    "RegisterSum",
    "RequestKey",
    "SessionRow",
    "SignInCode",
    "Signature",
    "SmsReceipt",
    "Staff",
    "StaffDevice",
    "StaffRole",
    "StaffSignIn",
    "StatementFault",
    "StatementFile",
    "Thread",
    "TransferProof",
    "Verdict",
    "VersionRelease",
    "VersionWords",
    "Voucher",
    "VoucherFile",
    "new_public_id",
]
