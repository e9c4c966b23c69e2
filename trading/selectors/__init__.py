"""Reads: rows to records."""
