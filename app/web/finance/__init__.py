"""The register and exports, for finance and compliance."""
