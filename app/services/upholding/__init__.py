"""What follows from where a signed plan stands: completed, noticed, mended, taken back."""
