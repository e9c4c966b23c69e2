"""Verbs of harvesting and rebalancing: every write, its transaction and its locks."""
