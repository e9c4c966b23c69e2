"""Reads of risk, anomalies, advice and models; rows become records here."""
