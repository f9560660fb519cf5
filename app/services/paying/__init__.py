"""Paying here: what is offered, orders at channels, what channels tell, money sent back."""
