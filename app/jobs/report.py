"""What one run of a job did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Report:
    """The job's name, how many pieces it did, and how many it could not do now."""

    job: str
    done: int
    left: int = 0
