"""Contacts made with a borrower, and the holds on them."""
