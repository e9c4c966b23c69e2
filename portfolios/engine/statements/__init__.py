"""Statements of brokers, read into facts: what happened, what is held, and the fate of every row."""
