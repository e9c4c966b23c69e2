"""Statements of brokers, read from bytes into facts: what happened, what is held, and the fate of every row."""
