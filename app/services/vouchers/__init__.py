"""Papers of an instant that anyone can check: receipts, holds on contact, quotes. Each tells what
was so when it was made; its check page asks what is so now.
"""
