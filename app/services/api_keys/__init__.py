"""Keys of the machine interface: made, disabled, told apart."""
