"""Verbs of risk, anomalies, advice and models: every write, its transaction and its locks."""
