"""The lender's nightly file: read, judged, staged, applied, and shown at the desk."""
