"""Verbs of harvesting: every write, its transaction and its locks."""
