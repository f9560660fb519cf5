"""The lender's seal on PDFs."""
