"""Operations of risk, anomalies, advice, models and lessons."""
