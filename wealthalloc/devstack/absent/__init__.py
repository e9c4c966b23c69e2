"""A database that is not there: it says what to set on first use."""
