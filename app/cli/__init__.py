"""Commands: thin, they parse, call a service or job, print and set the exit status."""

from flask import Flask

from app.cli import (
    agreement,
    amounts,
    api_keys,
    book,
    calendar,
    demo,
    error_pages,
    exports,
    invariants,
    jobs,
    lender_files,
    metrics,
    payments,
    plans,
    repayments,
    staff,
    standing,
    states,
)


def register(app: Flask) -> None:
    """Add every command to the application."""
    for topic in (
        agreement,
        amounts,
        api_keys,
        book,
        calendar,
        demo,
        error_pages,
        exports,
        invariants,
        jobs,
        lender_files,
        metrics,
        payments,
        plans,
        repayments,
        staff,
        standing,
        states,
    ):
        for command in topic.COMMANDS:
            app.cli.add_command(command)
