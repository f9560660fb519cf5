"""Prints the table: `make bench`."""

from tests.bench import home, options
from tests.bench.timing import heading, measure


def main() -> None:
    print(heading())
    print(measure(options.pair()))
    with home.pair() as pair:
        print(measure(pair))


main()
