"""When a look for advice is under way: asked for, not made yet, and not given up."""

from datetime import datetime, timedelta

# A look takes seconds for each account; a worker that has said nothing for so long is not waited for.
PATIENCE = timedelta(minutes=10)


def is_under_way(asked_at: datetime | None, ran_at: datetime | None, now: datetime) -> bool:
    """Whether a look that was asked for has not been made yet."""
    if asked_at is None or now - asked_at > PATIENCE:
        return False
    return ran_at is None or ran_at < asked_at
