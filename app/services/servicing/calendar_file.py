"""A plan's payments as a calendar file (RFC 5545): one neutral event a payment, read by every
phone. Pure.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from app.domain.keeping.by_number import KeptPart
from app.ports.site import Site
from app.services.loans.kept_plans import KeptPlan

LINE_OCTETS = 75
ZONE = "Asia/Shanghai"
# A morning hour, outside the quiet ones: calendars ring when they like.
FROM, TO = "090000", "093000"
ALARM = "-P1D"
# Written out, for not every phone knows the zone by its name.
TIMEZONE = (
    "BEGIN:VTIMEZONE",
    f"TZID:{ZONE}",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def calendar_file(kept: KeptPlan, *, site: Site, title: str, words: str, made_at: datetime) -> str:
    """Return one event a payment, the first payment as number 0; neither sums nor what it is about
    stand in it.

    A second download replaces the first: an event's UID is the agreement and the payment's number.
    Source: RFC 5545 3.1 (lines of at most 75 octets), U-05 (neutral where others may read it).
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Anhuan//Plan//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        *TIMEZONE,
    ]
    stamp = f"{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    for one in (part for part in kept.payments if part.left_fen):
        uid = f"{kept.agreement}-{one.number}@{_host(site)}"
        lines += _event(one, uid=uid, stamp=stamp, title=title, words=words)

    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in folded(line))


def folded(line: str) -> Iterator[str]:
    """Cut a line into parts of at most 75 octets, never inside a character; all but the first begin
    with a blank.

    Source: RFC 5545 3.1.
    """
    part, size = "", 0
    for char in line:
        octets = len(char.encode())
        if size + octets > LINE_OCTETS:
            yield part
            part, size = " ", 1
        part, size = part + char, size + octets

    yield part


def _event(one: KeptPart, *, uid: str, stamp: str, title: str, words: str) -> tuple[str, ...]:
    day = one.due_on.strftime("%Y%m%d")
    return (
        "BEGIN:VEVENT",
        # Neither the sum nor the word for what it is stands in it: calendars are shared (ADR 0024).
        f"UID:{uid}",
        f"DTSTAMP:{stamp}",
        f"DTSTART;TZID={ZONE}:{day}T{FROM}",
        f"DTEND;TZID={ZONE}:{day}T{TO}",
        f"SUMMARY:{_escaped(title)}",
        f"DESCRIPTION:{_escaped(words)}",
        # The day stays free for others who look for a time.
        "TRANSP:TRANSPARENT",
        "BEGIN:VALARM",
        "ACTION:DISPLAY",
        f"DESCRIPTION:{_escaped(title)}",
        f"TRIGGER:{ALARM}",
        "END:VALARM",
        "END:VEVENT",
    )


def _host(site: Site) -> str:
    return site.base_url.partition("://")[2].partition("/")[0].partition(":")[0]


def _escaped(text: str) -> str:
    """Source: RFC 5545 3.3.11."""
    # The backslash first, else it would escape the escapes.
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return plain.replace("\n", "\\n")
