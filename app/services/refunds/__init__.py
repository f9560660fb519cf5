"""Money that goes back: a plan's credit, a payment that is nobody's; named, asked, paid, bounced."""
