"""Verbs of harvesting: every write, with its transaction and its locks."""
