"""A made database of a lender's size, on PostgreSQL: real cases multiplied by COPY."""
