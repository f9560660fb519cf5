"""Who is calling, and the mobile that a borrower asks to change."""
