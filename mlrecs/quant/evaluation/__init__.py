"""The judgement of detectors: named crises, planted anomalies, measures, walk-forward, intervals."""
