"""When an order that was never sent must not be sent any more."""

from datetime import datetime, timedelta

from trading.engine.records import TimeInForce

MINUTE = timedelta(minutes=1)


def lapse_reason(
    *,
    placed_at: datetime,
    now: datetime,
    within: timedelta,
    time_in_force: TimeInForce,
    session_ends: datetime | None = None,
    good_till: datetime | None = None,
) -> str:
    """Why an order that has waited here since `placed_at` is given up; empty while it may still be sent.

    The price that a person looked at holds for a while only: whatever its time in force, an order is sent
    `within` that time or not at all. A day order is for the session in which it was placed, and must not
    become one of the next; `session_ends` is when that one ends, None for an order placed between two.
    """
    if good_till is not None and now >= good_till:
        return "Its time was over before it could be sent."
    if time_in_force is TimeInForce.DAY and session_ends is not None and now >= session_ends:
        return "The session that it was for ended before it could be sent."
    if now - placed_at > within:
        return f"It could not be sent within {_words(within)}, and the price may be another by now."
    return ""


def _words(span: timedelta) -> str:
    minutes, rest = divmod(span, MINUTE)
    count, unit = (minutes, "minute") if minutes and not rest else (int(span.total_seconds()), "second")
    return f"{count} {unit}{'' if count == 1 else 's'}"
