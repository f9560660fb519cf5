"""Money that goes back: a plan's credit, what is nobody's; named, asked, paid, bounced."""
