"""The one error hierarchy: errors are data with a stable code and, where a person can act,
words.
"""


class DomainError(Exception):
    """Base. `code` is stable: logs, tests and pages key on it; `message` is Chinese source text or
    empty.
    """

    code = "domain_error"
    message = ""

    def __init__(self, message: str = "") -> None:
        if message:
            self.message = message
        super().__init__(self.message or self.code)


class NotFound(DomainError):
    """Does not exist, or is not the visitor's."""

    code = "not_found"


class RuleBroken(DomainError):
    """Something was asked that the rules refuse; the person can change it."""

    code = "rule_broken"


class GatewayDown(DomainError):
    """A provider outside did not answer; safe to retry."""

    code = "gateway_down"


class SmsRefused(DomainError):
    """The provider will never take this message; trying again is no use."""

    code = "sms_refused"
