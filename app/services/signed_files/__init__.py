"""The bytes of signed agreements: sealed behind the storage port, named by their rows."""
