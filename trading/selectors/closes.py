"""The last closes that the book knows of symbols, for prices when nobody tells a newer one."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from portfolios.models import Instrument
from portfolios.selectors.prices import quotes_on, splits_known_to
from trading.engine.records import KnownClose


def closes_known(
    symbols: Collection[str], day: date, household_id: UUID | None = None
) -> dict[str, KnownClose]:
    """The last usable close on `day` of each symbol that has one, restated for the splits since.

    Of the instruments that everybody shares and, with `household_id`, of the household's own; where several
    go by one symbol, the one with the newest close.
    """
    rows = Instrument.objects.filter(symbol__in=symbols, household__isnull=True)
    if household_id is not None:
        rows = Instrument.objects.filter(symbol__in=symbols).known_to(household_id)
    names = dict(rows.order_by("pk").values_list("pk", "symbol"))
    splits = splits_known_to(household_id, names) if household_id else {key: [] for key in names}
    found: dict[str, KnownClose] = {}
    for key, quote in quotes_on(splits, day, tells_last_known=False).items():
        if quote.close is None or quote.day is None:
            continue
        known = found.get(names[key])
        if known is None or known.day < quote.day:
            found[names[key]] = KnownClose(day=quote.day, close=quote.close, previous=quote.previous)
    return found
