"""The process that owns the connection to a broker."""
