"""Bringing a household back to its targets: which trades, from which lots, and what is left undone."""
