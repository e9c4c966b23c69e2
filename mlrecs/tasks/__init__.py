"""Jobs of intelligence that a worker does, all in the queue whose workers may load arrays."""

from mlrecs.tasks.risk import enqueue_risk, measure_risk, measure_risk_batch, measure_risks

__all__ = ["enqueue_risk", "measure_risk", "measure_risk_batch", "measure_risks"]
