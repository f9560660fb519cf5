"""What every installation of a test is given."""

# the same for all, so that one reads what another has sealed
KEYS = {"DATA_KEY": "ab" * 32, "LOOKUP_KEY": "cd" * 32}
