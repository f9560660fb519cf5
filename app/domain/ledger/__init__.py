"""The ledger of signed plans: which journals the facts ask for, and how stored ones become them."""
