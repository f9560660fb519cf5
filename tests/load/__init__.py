"""Load and faults over real HTTP, run by hand: `python -m tests.load --help`."""
