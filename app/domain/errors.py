"""The one error hierarchy: errors are data with a stable code and, where a person can act,
words.
"""

from collections.abc import Mapping
from types import MappingProxyType


class DomainError(Exception):
    """Base. `code` is stable: logs, tests and pages key on it; `message` is Chinese source text or
    empty, `values` fills its %(name)s places: a number in it comes from where the number is kept.
    """

    code = "domain_error"
    message = ""
    values: Mapping[str, object] = MappingProxyType({})

    def __init__(self, message: str = "", **values: object) -> None:
        if message:
            self.message = message
        if values:
            self.values = values
        super().__init__(self.words or self.code)

    @property
    def words(self) -> str:
        """Return the message in the source language, its places filled."""
        return self.message % self.values if self.values else self.message


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
