"""Verbs: every write of this app, with its transaction and its locks."""
