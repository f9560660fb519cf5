"""Prints the table: `make bench`."""

from tests.bench import home, options, papers
from tests.bench.timing import heading, measure


def main() -> None:
    print(heading())
    print(measure(options.pair()))
    for topic in (papers, home):
        with topic.pair() as pair:
            print(measure(pair))


main()
