"""Prints the table and what is held to a limit; fails where one is passed: `make bench`."""

import sys
import tempfile

from tests.bench import limits, lists, nightly, options, pages, papers, reminders, sheets, signing
from tests.bench.timing import heading, measure


def main() -> int:
    print(heading())
    print(measure(options.pair()))
    with papers.pair() as pair:
        print(measure(pair))
    with tempfile.TemporaryDirectory() as folder:
        for told in signing.measured(folder):
            print(told)
    print()
    held = []
    for topic in (pages, lists, sheets, nightly, reminders):
        for told in topic.measured():
            print(told, flush=True)
            held.append(getattr(told, "is_kept", True))
        print()
    for one in limits.measured():
        print(one)
        held.append(one.is_kept)
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
