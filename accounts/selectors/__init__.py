"""Reads: rows to records, scoped to who may see them."""
