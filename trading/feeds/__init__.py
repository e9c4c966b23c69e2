"""Market data from elsewhere, for when the broker has none."""
