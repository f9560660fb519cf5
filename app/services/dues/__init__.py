"""What falls due by day and product and what of it came: kept by a job, as of an instant."""
