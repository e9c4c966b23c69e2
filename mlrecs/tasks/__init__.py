"""Jobs of intelligence that a worker of the queue `ml` does, by noun."""

from mlrecs.tasks.advice import (
    enqueue_advice,
    follow_recommendations,
    look_for_advice,
    measure_advice,
    recommend_nightly,
)

__all__ = [
    "enqueue_advice",
    "follow_recommendations",
    "look_for_advice",
    "measure_advice",
    "recommend_nightly",
]
