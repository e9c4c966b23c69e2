"""Taking a file of closes into the book: which instrument each symbol means, and whose values change."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from common.errors import InvalidInput
from common.transactions import write_transaction
from portfolios.engine.price_files import FilePrice, PriceFile, read_price_file
from portfolios.engine.records import RowOutcome, RowStatus
from portfolios.models import Instrument
from portfolios.services.prices import NewPrice, households_holding, prices_record
from portfolios.services.valuations import valuations_refresh


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceImport:
    """What a file of closes did: closes recorded, households valued again, and the rows that did nothing."""

    recorded: int
    households: int
    rows: tuple[RowOutcome, ...]


@write_transaction
def price_file_import(
    *, data: bytes, source: str, household_id: UUID | None, currency: str = "", symbol: str = ""
) -> PriceImport:
    """Record the closes of a CSV file and value again whoever holds what it prices.

    With `household_id` the symbols mean that household's own instruments; without one, the shared ones
    that operators keep. A symbol that nobody has dealt in is reported, not created. Raises InvalidInput
    when the file as a whole cannot be read.
    """
    file = read_price_file(data, currency=currency, symbol=symbol, today=timezone.localdate())
    by_symbol = {
        instrument.symbol.upper(): instrument
        for instrument in _priced_by(household_id).order_by("created_at")
    }
    prices, unknown = _match(file, by_symbol)
    if not prices and not file.rows and not unknown:
        raise InvalidInput("The file holds no prices.", code="empty-file")
    recorded = prices_record(prices=prices, source=source)
    households = households_holding({price.instrument_id for price in prices})
    for holder in households:
        valuations_refresh(household_id=holder)
    return PriceImport(recorded=recorded, households=len(households), rows=(*file.rows, *unknown))


def _priced_by(household_id: UUID | None) -> QuerySet[Instrument]:
    if household_id is None:
        return Instrument.objects.filter(household__isnull=True)
    return Instrument.objects.filter(household_id=household_id)


def _match(file: PriceFile, by_symbol: dict[str, Instrument]) -> tuple[list[NewPrice], list[RowOutcome]]:
    prices: list[NewPrice] = []
    unknown: dict[str, RowOutcome] = {}
    for price in file.prices:
        instrument = by_symbol.get(price.symbol.upper())
        if instrument is None:
            unknown.setdefault(price.symbol, _unknown(price))
            continue
        prices.append(
            NewPrice(
                instrument_id=instrument.pk,
                day=price.day,
                close=price.close,
                currency=price.currency or instrument.currency,
            )
        )
    return prices, list(unknown.values())


def _unknown(price: FilePrice) -> RowOutcome:
    return RowOutcome(
        line=price.line,
        section="Prices",
        status=RowStatus.LEFT_OUT,
        field="symbol",
        reason=f"No instrument in the book is called {price.symbol}.",
    )


def problems(rows: Iterable[RowOutcome]) -> list[RowOutcome]:
    """The rows that a person should look at: not understood, or left out."""
    return [row for row in rows if row.status in (RowStatus.WRONG, RowStatus.LEFT_OUT)]
