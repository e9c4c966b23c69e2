"""Risk, anomalies and recommendations."""
