"""Brokers: one protocol, and a folder for each broker that keeps it."""
