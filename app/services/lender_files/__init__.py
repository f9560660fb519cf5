"""What the lender's core system is told of each day: files made once, kept, handed out."""
