"""Verbs of harvesting: everything that writes."""
