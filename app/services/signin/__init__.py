"""Who someone is: codes, passwords, sessions, consents."""
